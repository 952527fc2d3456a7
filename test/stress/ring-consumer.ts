import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { BatchTaker } from '#src/exporters/thread/batch-taker.js'
import { InFlightSlots } from '#src/exporters/thread/in-flight-slots.js'
import { SharedAccounts } from '#src/exporters/thread/shared-accounts.js'
import { checkedRecords } from '../support/ring-content.js'
import type { StressResult, StressSetup } from './ring-setup.js'

/** The consumer of the stress test: takes as fast as it can, and looks at every byte of what it took. */
const setup: StressSetup = workerData
const taker = new BatchTaker(setup)
const slots = new InFlightSlots(setup.slots)
const accounts = new SharedAccounts(setup.accounts)
const end = new Int32Array(setup.end)
const limits = {
  maxRecords: setup.batchRecords,
  maxBytes: setup.slots.maxBytes,
  minRecords: () => 1,
  isReady: () => true,
}

let taken = 0
let missing = 0
let batches = 0
let next = 0
for (;;) {
  const isOver = Atomics.load(end, 0) !== 0
  // Two slots by turns: the batch before this one is settled only now.
  const slot = batches % 2
  const found = taker.take(slot, limits)
  if (found !== undefined) {
    accounts.tellMoved()
    const { length } = checkedRecords(slots.batch(slot), found.firstSequence)
    assert.equal(length, found.records)
    const skipped = found.firstSequence - next
    assert.ok(skipped >= 0, `record ${found.firstSequence} came after record ${next - 1}`)
    missing += skipped
    next = found.firstSequence + found.records
    taken += found.records
    batches++
    settle(batches % 2)
  } else if (isOver && taker.isEmpty) {
    break
  }
}
settle(0)
settle(1)
const result: StressResult = { taken, missing, batches }
parentPort?.postMessage(result)

/** In several pieces, as a receiver does that takes some of a batch and refuses others. */
function settle(slot: number): void {
  for (const part of [3, 2, 1]) {
    const share = Math.ceil(slots.pending(slot) / part)
    slots.settle(slot, share >> 1, share - (share >> 1))
  }
}
