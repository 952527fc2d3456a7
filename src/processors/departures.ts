import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ExportOutcome } from '../exporters/export-call.js'
import { failedRecords } from '../exporters/partial-export-error.js'
import type { Deliveries } from './deliveries.js'
import type { RecordQueue } from './record-queue.js'

/** Records that were taken from the queue together: those with the sequence numbers `first` to `next` − 1. */
export interface Batch {
  readonly first: number
  readonly next: number
  /** Theirs who export it, and may empty it: nothing is counted by its length. */
  readonly records: ReadableLogRecord[]
}

/** What records failed with that were queued or in flight when the time of a shutdown was over. */
export class GivenUpError extends Error {
  constructor() {
    super('the time of the shutdown was over')
    this.name = 'GivenUpError'
  }
}

interface Waiter {
  readonly mark: number
  readonly reached: () => void
}

/**
 * Which records have left for good. The frontier is the oldest one that has not: it is queued or in flight, and all
 * before it are exported, failed or evicted. It only moves forward, and whoever waits for a mark is told when it passes.
 *
 * A batch is in flight from `take` until `settle`, and counted as such; it settles once.
 */
export class Departures {
  readonly #queue: RecordQueue
  readonly #deliveries: Deliveries
  readonly #failed: (failed: number, error: unknown) => void
  readonly #inFlight = new Set<Batch>()
  readonly #waiters = new Set<Waiter>()

  /** @param failed told of every batch that did not, or not wholly, arrive: how many records failed, and why. */
  constructor(queue: RecordQueue, deliveries: Deliveries, failed: (failed: number, error: unknown) => void) {
    this.#queue = queue
    this.#deliveries = deliveries
    this.#failed = failed
  }

  /** Takes the oldest records from the queue, at most `max`. */
  take(max: number): Batch {
    const { first } = this.#queue
    const records = this.#queue.take(max)
    const batch = { first, next: first + records.length, records }
    this.#inFlight.add(batch)
    this.#deliveries.inFlight += records.length
    return batch
  }

  /** Counts what became of a batch, unless it was given up before. */
  settle(batch: Batch, outcome: ExportOutcome): void {
    if (!this.#inFlight.delete(batch)) return
    const size = batch.next - batch.first
    const failed = outcome === undefined ? 0 : failedRecords(outcome.error, size)
    this.#deliveries.settle(size - failed, failed)
    this.moved()
    if (failed > 0) this.#failed(failed, outcome?.error)
  }

  /** Gives up on every batch in flight: its records are failed, whatever its exporter says later. */
  giveUp(): void {
    for (const batch of [...this.#inFlight]) this.settle(batch, { error: new GivenUpError() })
    this.moved()
  }

  /** Resolves when no record before `mark` is queued or in flight any more, or the signal says to wait no more. */
  passed(mark: number, isOver: AbortSignal): Promise<void> {
    return new Promise((reached) => {
      const waiter = { mark, reached }
      this.#waiters.add(waiter)
      isOver.addEventListener('abort', () => this.#release(waiter))
      this.moved()
    })
  }

  /** How many records before `mark` are still queued or in flight. */
  pendingBefore(mark: number): number {
    const before = (first: number, next: number) => Math.max(0, Math.min(next, mark) - first)
    let pending = before(this.#queue.first, this.#queue.next)
    for (const { first, next } of this.#inFlight) pending += before(first, next)
    return pending
  }

  /** To be called when records left the queue by another way. */
  moved(): void {
    if (this.#waiters.size === 0) return
    let frontier = this.#queue.first
    for (const { first } of this.#inFlight) frontier = Math.min(frontier, first)
    for (const waiter of this.#waiters) if (waiter.mark <= frontier) this.#release(waiter)
  }

  #release(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    waiter.reached()
  }
}
