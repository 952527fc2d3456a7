import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { createSlots, InFlightSlots } from '#src/exporters/thread/in-flight-slots.js'

describe('InFlightSlots', () => {
  function slotsWith(...batches: readonly [firstSequence: number, records: number][]): InFlightSlots {
    const slots = new InFlightSlots(createSlots({ slots: batches.length, records: 8, bytes: 64 }))
    batches.forEach(([firstSequence, records], slot) => {
      slots.note(slot, { firstSequence, records, takenBefore: 0, end: records })
    })
    return slots
  }

  it('counts what is in flight before a mark, as far as it is not settled', () => {
    const slots = slotsWith([10, 5], [15, 5])
    deepStrictEqual(
      [5, 10, 12, 15, 17, 20, 100].map((mark) => slots.pendingBefore(mark)),
      [0, 0, 2, 5, 7, 10, 10],
    )
    slots.settle(0, 2, 1)
    deepStrictEqual(
      [10, 12, 13, 14, 15, 20].map((mark) => slots.pendingBefore(mark)),
      [0, 0, 0, 1, 2, 7],
    )
  })

  it('does so where sequence numbers start over', () => {
    const slots = slotsWith([2 ** 32 - 2, 5])
    deepStrictEqual(
      [2 ** 32 - 3, 2 ** 32 - 1, 0, 2, 100].map((mark) => slots.pendingBefore(mark)),
      [0, 1, 2, 4, 5],
    )
  })

  it('is free once all records are settled, and keeps their numbers when it is used again', () => {
    const slots = slotsWith([0, 3])
    slots.settle(0, 1, 1)
    strictEqual(slots.free, undefined)
    slots.settle(0, 1, 0)
    strictEqual(slots.free, 0)
    slots.note(0, { firstSequence: 3, records: 2, takenBefore: 0, end: 2 })
    deepStrictEqual(slots.counts, { inFlight: 2, exported: 2, failed: 1 })
    strictEqual(slots.settled(0), 0)
  })

  it('forgets a batch that did not come about', () => {
    const slots = slotsWith([0, 3])
    slots.strike(0)
    deepStrictEqual(slots.counts, { inFlight: 0, exported: 0, failed: 0 })
    strictEqual(slots.unfinished(0), undefined)
  })
})
