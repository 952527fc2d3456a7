import type { SharedAccounts } from '../exporters/thread/shared-accounts.js'

/**
 * When the export thread is woken: once for every batch, and once when the queue becomes full. It looks by itself when
 * records have waited for the scheduled delay.
 */
export class BatchWake {
  readonly #accounts: SharedAccounts
  readonly #batchRecords: number
  readonly #batchBytes: number
  /** Records, and their bytes, added since the last batch was complete. */
  #records = 0
  #bytes = 0
  /** Whether the thread was told that the queue is full, and it has been since. */
  #isKnownToBeFull = false

  /** A batch is complete with so many records, or so many bytes. */
  constructor(accounts: SharedAccounts, batchRecords: number, batchBytes: number) {
    this.#accounts = accounts
    this.#batchRecords = batchRecords
    this.#batchBytes = batchBytes
  }

  /** A record of so many bytes was added, the last one before `mark`. */
  added(bytes: number, mark: number): void {
    this.#records++
    this.#bytes += bytes
    // Large records fill the queue before there are enough of them for a batch.
    const isFullByBytes = this.#bytes >= this.#batchBytes
    if (!isFullByBytes && this.#records < this.#batchRecords) {
      this.#accounts.wakeFromDoze()
      return
    }
    this.#records = 0
    this.#bytes = 0
    if (isFullByBytes) this.#accounts.urge(mark)
    else this.#accounts.wake()
  }

  /** A full queue waits for no schedule: it may be less than a batch, or become full before the batch is counted. */
  isFull(mark: number): void {
    if (this.#isKnownToBeFull) return
    this.#isKnownToBeFull = true
    this.#accounts.urge(mark)
  }

  hasRoom(): void {
    this.#isKnownToBeFull = false
  }
}
