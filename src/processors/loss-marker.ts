import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { lossRecord, missingAt } from '../common/loss-record.js'
import type { Ledger } from './ledger.js'
import type { RecordQueue } from './record-queue.js'

/**
 * Keeps a record in the stream wherever records are missing, for `reportLoss`: behind the newest where records were
 * refused, before the oldest where they were evicted. A marker counts as emitted, like any record.
 */
export class LossMarker {
  readonly #queue: RecordQueue
  readonly #ledger: Ledger
  readonly #room: number
  /** Records refused since the last marker. */
  #refused = 0

  /** @param room how full the queue may get with markers behind its newest: a reserve is for records alone. */
  constructor(queue: RecordQueue, ledger: Ledger, room: number) {
    this.#queue = queue
    this.#ledger = ledger
    this.#room = room
  }

  /** A record was refused. */
  noteRefused(): void {
    this.#refused++
  }

  /** `next` is about to be added: what was refused before it is marked, if both fit. */
  beforeAccept(next: ReadableLogRecord): void {
    if (this.#refused === 0 || this.#queue.size + 2 > this.#room) return
    const marker = lossRecord(this.#refused, next.resource)
    this.#refused = 0
    this.#ledger.emitted++
    this.#queue.push(marker)
  }

  /**
   * Makes room for one record in a full queue: the oldest goes, and a marker takes the place of the one behind it. A
   * marker that is the oldest moves on to that place, so a gap has one marker however wide it gets.
   */
  evict(): void {
    const { oldest } = this.#queue
    const gap = oldest === undefined ? 0 : missingAt(oldest)
    this.#queue.evict()
    if (gap === 0) this.#ledger.dropped.evicted++
    const second = this.#queue.oldest
    if (second === undefined) return
    const missing = (gap || 1) + (missingAt(second) || 1)
    this.#queue.replaceOldest(lossRecord(missing, second.resource))
    this.#ledger.dropped.evicted++
    if (gap === 0) this.#ledger.emitted++
  }
}
