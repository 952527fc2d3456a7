import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { BatchTaker } from '#src/exporters/thread/batch-taker.js'
import { createSlots, InFlightSlots, MARKER_CONTEXT } from '#src/exporters/thread/in-flight-slots.js'
import { createAccounts, SharedAccounts } from '#src/exporters/thread/shared-accounts.js'
import { createRing, RingProducer } from '#src/exporters/thread/shared-ring.js'
import { slotRecords } from '#src/exporters/thread/slot-records.js'

const SLOT = 0
/** Steps of taking a batch, one more than there are. */
const STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
const limits = { maxRecords: 3, maxBytes: 1_024, minRecords: () => 1, isReady: () => true }

describe('a batch before which records are missing', () => {
  let setup: ConstructorParameters<typeof BatchTaker>[0]
  let producer: RingProducer
  let accounts: SharedAccounts
  let slots: InFlightSlots

  beforeEach(() => {
    setup = {
      ring: createRing({ records: 64, bytes: 4_096, recordBytes: 256, slackRecords: 8, slackBytes: 1_024 }),
      slots: createSlots({ slots: 1, records: 3, bytes: 1_024 }),
      accounts: createAccounts(),
    }
    producer = new RingProducer(setup.ring)
    accounts = new SharedAccounts(setup.accounts)
    slots = new InFlightSlots(setup.slots)
  })

  function add(count: number): void {
    for (let i = 0; i < count; i++) producer.add(1, 0)
  }
  function evict(count: number): void {
    for (let i = 0; i < count; i++) ok(producer.evict() !== undefined)
    accounts.noteMissing(count)
  }
  /** What the batch in flight consists of: what its marker says, if it has one, and how many records it has beside. */
  function inFlight() {
    const batch = slotRecords(slots.batch(SLOT), (id) => id)
    const records = [...batch.records()]
    const marker = records[0]?.context === MARKER_CONTEXT ? records.shift() : undefined
    const text = marker && Buffer.from(batch.bytes.subarray(marker.start, marker.end)).toString('latin1')
    return { says: text?.match(/\d+ log records are missing here/)?.[0], records: records.length }
  }

  it('begins with a marker, which is one of its records, in the place of the last that is missing', () => {
    add(5)
    evict(2)
    new BatchTaker(setup).take(SLOT, limits)
    deepStrictEqual(inFlight(), { says: '2 log records are missing here', records: 3 })
    deepStrictEqual(accounts.told, { records: 2, markers: 1 })
    strictEqual(slots.counts.inFlight, 4)
    deepStrictEqual(
      [1, 2, 3, 5].map((mark) => slots.pendingBefore(mark)),
      [0, 1, 2, 4],
    )
    slots.settle(SLOT, 3, 1)
    deepStrictEqual(slots.counts, { inFlight: 0, exported: 3, failed: 1 })
  })

  it('is told of once: the next has no marker, until others are missing', () => {
    const taker = new BatchTaker(setup)
    add(9)
    evict(1)
    for (const expected of ['1 log records are missing here', undefined]) {
      taker.take(SLOT, limits)
      strictEqual(inFlight().says, expected)
      slots.settle(SLOT, slots.pending(SLOT), 0)
    }
    add(3)
    evict(3)
    taker.take(SLOT, limits)
    deepStrictEqual(inFlight(), { says: '3 log records are missing here', records: 2 })
    deepStrictEqual(accounts.told, { records: 4, markers: 2 })
  })

  for (const steps of STEPS) {
    it(`is told of once, if the thread died after ${steps} steps of taking it`, () => {
      add(5)
      evict(2)
      const taking = new BatchTaker(setup).takeSteps(SLOT, limits)
      for (let i = 0; i < steps; i++) taking.next()
      const successor = new BatchTaker(setup)
      successor.recover()
      if (!slots.isInUse(SLOT)) successor.take(SLOT, limits)
      deepStrictEqual(inFlight(), { says: '2 log records are missing here', records: 3 })
      deepStrictEqual([accounts.told, accounts.untold], [{ records: 2, markers: 1 }, 0])
      strictEqual(slots.counts.inFlight, 4)
    })

    it(`is told of in full, if others went when the thread had died after ${steps} steps`, () => {
      add(5)
      evict(2)
      const taking = new BatchTaker(setup).takeSteps(SLOT, limits)
      for (let i = 0; i < steps; i++) taking.next()
      // The claim of the dead may keep the oldest record where it is.
      const more = producer.evict() === undefined ? 0 : 1
      accounts.noteMissing(more)
      const successor = new BatchTaker(setup)
      successor.recover()
      let told = ''
      if (slots.isInUse(SLOT)) {
        told += inFlight().says
        slots.settle(SLOT, slots.pending(SLOT), 0)
      }
      add(1)
      successor.take(SLOT, limits)
      told += ` ${inFlight().says}`
      const numbers = [...told.matchAll(/\d+/g)].map(Number)
      strictEqual(
        numbers.reduce((sum, number) => sum + number, 0),
        2 + more,
      )
      deepStrictEqual(accounts.told, { records: 2 + more, markers: numbers.length })
    })
  }
})
