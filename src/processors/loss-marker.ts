import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Ledger } from './ledger.js'
import { lossRecord } from './loss-record.js'
import type { RecordQueue } from './record-queue.js'

/**
 * Keeps a record in the stream wherever records are missing, for `reportLoss`: behind the newest where records were
 * refused, before the oldest where they were evicted. A marker counts as emitted, like any record.
 */
export class LossMarker {
  readonly #queue: RecordQueue
  readonly #ledger: Ledger
  /** Records refused since the last marker. */
  #refused = 0
  /** The marker at the head of a sliding queue, and how many records it stands for. It may have left since. */
  #head: ReadableLogRecord | undefined
  #evicted = 0

  constructor(queue: RecordQueue, ledger: Ledger) {
    this.#queue = queue
    this.#ledger = ledger
  }

  /** A record was refused. */
  noteRefused(): void {
    this.#refused++
  }

  /** `next` is about to be added: what was refused before it is marked, if both fit. */
  beforeAccept(next: ReadableLogRecord): void {
    if (this.#refused === 0 || this.#queue.size + 2 > this.#queue.capacity) return
    const marker = lossRecord(this.#refused, next.resource)
    this.#refused = 0
    this.#ledger.emitted++
    this.#queue.push(marker)
  }

  /** Makes room for one record in a full queue: the oldest goes, and a marker stands for it and those before it. */
  evict(): void {
    const extendsGap = this.#head !== undefined && this.#queue.oldest === this.#head
    this.#queue.evict()
    if (!extendsGap) {
      this.#evicted = 1
      this.#ledger.dropped.evicted++
    }
    // The marker takes the place of one more record, so that the queue is one shorter than before.
    const second = this.#queue.oldest
    if (second === undefined) return
    this.#evicted++
    this.#head = lossRecord(this.#evicted, second.resource)
    this.#queue.replaceOldest(this.#head)
    this.#ledger.dropped.evicted++
    if (!extendsGap) this.#ledger.emitted++
  }
}
