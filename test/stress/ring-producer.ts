import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { InFlightSlots } from '#src/exporters/thread/in-flight-slots.js'
import { SharedAccounts } from '#src/exporters/thread/shared-accounts.js'
import { MAX_QUEUE_RECORDS, RingProducer } from '#src/exporters/thread/shared-ring.js'
import { fillRecord } from '../support/ring-content.js'
import { type StressResult, stressSetup } from './ring-setup.js'

export type Mode = 'dropping' | 'sliding' | 'blocking'

/** How often the accounts are read, in records: each read has to find every record in exactly one place. */
const READ_EVERY = 97
/** A consumer that brings nothing for so long has stopped. */
const STALLED_MILLIS = 20_000

export interface StressFigures {
  readonly mode: Mode
  readonly queueBytes: number
  readonly added: number
  readonly refused: number
  readonly evicted: number
  readonly batches: number
  readonly reads: number
  readonly millis: number
}

/**
 * Has this thread add so many records, as fast as it can, while another one takes them and checks each.
 *
 * @throws if one is torn, out of order, there twice or missing, or if the accounts do not add up at any time.
 */
export async function stressRing(mode: Mode, records: number, queueBytes: number, recordBytes: number) {
  const setup = stressSetup(queueBytes, recordBytes)
  const producer = new RingProducer(setup.ring)
  const accounts = new SharedAccounts(setup.accounts)
  const slots = new InFlightSlots(setup.slots)
  const data = new Uint8Array(setup.ring.data)
  const worker = new Worker(new URL('./ring-consumer.js', import.meta.url), { workerData: setup })
  const ended = once(worker, 'message')
  await once(worker, 'online')

  let added = 0
  let refused = 0
  let evicted = 0
  let reads = 0
  const start = performance.now()
  while (added < records) {
    const length = lengthOf(added, recordBytes)
    if (offer(length)) added++
    else refused++
    if ((added + refused) % READ_EVERY === 0) readAccounts()
  }
  Atomics.store(new Int32Array(setup.end), 0, 1)
  const [result]: StressResult[] = await ended
  const millis = performance.now() - start

  assert.ok(result)
  assert.equal(result.taken + evicted, added)
  assert.equal(producer.nextSequence, added)
  readAccounts()
  const { inFlight, exported, failed } = slots.counts
  assert.deepEqual({ inFlight, settled: exported + failed }, { inFlight: 0, settled: result.taken })
  const { batches } = result
  const figures: StressFigures = { mode, queueBytes, added, refused, evicted, batches, reads, millis }
  return figures

  function offer(length: number): boolean {
    const hasRoom = () => producer.isWithin(MAX_QUEUE_RECORDS, queueBytes - length)
    if (mode === 'dropping' && !hasRoom()) return false
    if (mode === 'blocking') waitFor(hasRoom)
    const at = producer.recordStart
    if (producer.room < length) return false
    const sequence = producer.nextSequence
    fillRecord(data, at, length, sequence)
    while (mode === 'sliding' && !hasRoom() && producer.evict() !== undefined) evicted++
    producer.add(length, sequence % 7)
    return true
  }

  function waitFor(hasRoom: () => boolean): void {
    for (;;) {
      const { moves } = accounts
      if (hasRoom()) return
      // It may be woken for what it has seen: the consumer counts first, and wakes then.
      assert.ok(accounts.waitUntilMoved(moves, STALLED_MILLIS), 'the consumer has stopped')
    }
  }

  function readAccounts(): void {
    const sum = accounts.consistently(() => {
      const { inFlight, exported, failed } = slots.counts
      return producer.records + inFlight + exported + failed
    })
    assert.equal(sum, added - evicted)
    reads++
  }
}

/** Short records, and one in 50 up to the longest. */
function lengthOf(index: number, longest: number): number {
  const random = Math.imul(index + 1, 0x9e3779b1) >>> 8
  return 1 + (index % 50 === 0 ? random % longest : random % 60)
}
