import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'

/**
 * A bounded first-in, first-out queue of records: a ring of slots that is allocated once.
 *
 * Every record has a sequence number, its place among all that ever entered. Invariant: the queue holds exactly the
 * records `first` to `next` − 1, at most `capacity` of them, record n in slot n modulo capacity.
 */
export class RecordQueue {
  readonly capacity: number
  readonly #slots: (ReadableLogRecord | undefined)[]
  #first = 0
  #next = 0

  constructor(capacity: number) {
    this.capacity = capacity
    this.#slots = new Array<ReadableLogRecord | undefined>(capacity).fill(undefined)
  }

  get size(): number {
    return this.#next - this.#first
  }

  /** The sequence number of the oldest record here, or of the next to come when there is none. */
  get first(): number {
    return this.#first
  }

  /** The sequence number that the next record gets. */
  get next(): number {
    return this.#next
  }

  /** Adds the newest record. The caller has made sure of room. */
  push(record: ReadableLogRecord): void {
    this.#slots[this.#next % this.capacity] = record
    this.#next++
  }

  /** The oldest record. */
  get oldest(): ReadableLogRecord | undefined {
    return this.#slots[this.#first % this.capacity]
  }

  /** Puts another record in the place of the oldest; there must be one. */
  replaceOldest(record: ReadableLogRecord): void {
    this.#slots[this.#first % this.capacity] = record
  }

  /** Removes the oldest record, if there is one. */
  evict(): void {
    if (this.size > 0) this.#remove()
  }

  /** Removes and returns the oldest records, at most `max` of them, oldest first. */
  take(max: number): ReadableLogRecord[] {
    const batch: ReadableLogRecord[] = []
    while (this.size > 0 && batch.length < max) {
      const record = this.#remove()
      if (record !== undefined) batch.push(record)
    }
    return batch
  }

  #remove(): ReadableLogRecord | undefined {
    const slot = this.#first % this.capacity
    const record = this.#slots[slot]
    // A slot that kept its record would keep it from the garbage collector until it is written over.
    this.#slots[slot] = undefined
    this.#first++
    return record
  }
}
