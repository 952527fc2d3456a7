/** How many operations are kept until somebody reads them; older ones are forgotten. */
const CAPACITY = 512
const NUMBERS = 2

/** The memory of one ring's durations, to be handed to the other thread. */
export interface DurationsMemory {
  readonly count: SharedArrayBuffer
  readonly data: SharedArrayBuffer
}

export function createDurations(): DurationsMemory {
  return {
    count: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    data: new SharedArrayBuffer(CAPACITY * NUMBERS * Float64Array.BYTES_PER_ELEMENT),
  }
}

/** One export, from its first attempt to its end. */
export interface Operation {
  readonly seconds: number
  /** The HTTP status that ended it; 0 if none did. */
  readonly status: number
}

/**
 * The durations of the last exports, from the thread that exports to the one that publishes metrics: a ring that is
 * written over. The writer stores the numbers before it raises the count; the reader looks at the count once more
 * afterwards, and leaves out what may have been written over meanwhile.
 */
export class SharedDurations {
  readonly #count: Int32Array
  readonly #data: Float64Array
  #read = 0

  constructor(memory: DurationsMemory) {
    this.#count = new Int32Array(memory.count)
    this.#data = new Float64Array(memory.data)
  }

  /** Writer: notes an operation. */
  add({ seconds, status }: Operation): void {
    const count = Atomics.load(this.#count, 0) >>> 0
    const at = (count % CAPACITY) * NUMBERS
    this.#data[at] = seconds
    this.#data[at + 1] = status
    Atomics.store(this.#count, 0, (count + 1) | 0)
  }

  /** Reader: the operations that were noted since the last time, as far as they are kept, oldest first. */
  take(): Operation[] {
    const count = Atomics.load(this.#count, 0) >>> 0
    const unread = Math.min((count - this.#read) >>> 0, CAPACITY)
    const operations: Operation[] = []
    for (let i = unread; i > 0; i--) {
      const at = (((count - i) >>> 0) % CAPACITY) * NUMBERS
      operations.push({ seconds: this.#data[at] ?? 0, status: this.#data[at + 1] ?? 0 })
    }
    this.#read = count
    // One more than those that are counted: it may be half written.
    const addedMeanwhile = (((Atomics.load(this.#count, 0) >>> 0) - count) >>> 0) + 1
    return operations.slice(Math.max(0, addedMeanwhile - (CAPACITY - unread)))
  }
}
