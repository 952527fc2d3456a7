import { COPY_ALIGNMENT } from '../shared-copy.js'
import { CONTEXT_WORD, PAIR_WORDS, RingIndex, START_WORD } from './ring-index.js'
import {
  after,
  CLAIM,
  distance,
  HEAD,
  NONE,
  positionOf,
  type RingMemory,
  TAKEN,
  takenUpTo,
  wasTurned,
} from './shared-ring.js'

/** What the consumer may take at once. */
export interface TakeLimits {
  readonly maxRecords: number
  /** The most bytes; at least as many as the longest record has. */
  readonly maxBytes: number
  /** How many records there have to be if the oldest has this sequence number: fewer are not taken at all. */
  minRecords(firstSequence: number): number
  /** Whether records of this context can be exported yet. */
  isReady(context: number): boolean
}

/** Where a batch is in a ring. */
export interface BatchPlace {
  /** The word of `taken` before the batch was taken: where it begins. */
  readonly takenBefore: number
  /** The position of the record behind it. */
  readonly end: number
}

/** A batch that was found: the oldest records. The ring has not parted with it yet. */
export interface FoundBatch extends BatchPlace {
  readonly records: number
  readonly firstSequence: number
}

/** Where a batch is copied to. */
export interface BatchCopy {
  /** The records' bytes, one behind the other, and room before and behind them. */
  readonly bytes: Uint8Array
  /** Where in `bytes` those of the first record begin, or a little behind, as they are aligned: a multiple of that. */
  readonly from: number
  /** The records' pairs, as in the ring, with one more for where the last one ends; starts are places in `bytes`. */
  readonly index: Uint32Array
}

/** Told how far the taking of a batch is: what it notes down outlives a consumer that dies between two of these. */
export interface TakeObserver {
  /** @param start where in the copy its bytes will begin. */
  beforeSwap(batch: FoundBatch, start: number): void
  /** @param swapped whether the batch is the consumer's now; if not, it does not come about. */
  afterSwap(swapped: boolean): void
  afterCopy(): void
}

type Step = 'read' | 'claimed' | 'found' | 'noted' | 'swapped' | 'told' | 'copied' | 'whole'

/** The consumer's end of a ring (see shared-ring.ts). There is one at a time, on the export thread. */
export class RingConsumer {
  readonly #control: Int32Array
  readonly #index: RingIndex
  readonly #bytes: Uint8Array
  /** The ring's size in bytes less one. */
  readonly #bytesMask: number

  constructor(memory: RingMemory) {
    this.#control = new Int32Array(memory.control)
    this.#index = new RingIndex(memory.index)
    this.#bytes = new Uint8Array(memory.data)
    this.#bytesMask = (memory.bytes - 1) | 0
  }

  /** Whether nothing is queued. */
  get isEmpty(): boolean {
    return distance(this.nextSequence, Atomics.load(this.#control, TAKEN)) === 0
  }

  /** The sequence number of the record that will be added next. */
  get nextSequence(): number {
    return Atomics.load(this.#control, HEAD) >>> 0
  }

  /** Takes the oldest records, as many as the limits allow, and copies them; `undefined` if they allow none. */
  take(copy: BatchCopy, limits: TakeLimits, observer: TakeObserver): FoundBatch | undefined {
    const steps = this.takeSteps(copy, limits, observer)
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
    }
  }

  /** The same, one step of the protocol at a time, so that tests can have the other side act between any two. */
  *takeSteps(
    copy: BatchCopy,
    limits: TakeLimits,
    observer: TakeObserver,
  ): Generator<Step, FoundBatch | undefined, undefined> {
    for (;;) {
      const taken = Atomics.load(this.#control, TAKEN)
      yield 'read'
      Atomics.store(this.#control, CLAIM, positionOf(taken))
      yield 'claimed'
      if (Atomics.load(this.#control, TAKEN) !== taken) continue
      const found = this.#find(taken, limits)
      yield 'found'
      if (found === undefined) {
        this.release()
        return undefined
      }
      observer.beforeSwap(found, this.#startIn(copy, taken))
      yield 'noted'
      const swapped =
        Atomics.compareExchange(this.#control, TAKEN, taken, takenUpTo(found.end, taken)) === taken
      yield 'swapped'
      observer.afterSwap(swapped)
      if (!swapped) continue
      yield 'told'
      this.#copy(found, copy)
      yield 'copied'
      observer.afterCopy()
      yield 'whole'
      this.release()
      return found
    }
  }

  /**
   * After the death of the consumer before this one: finishes the copy of a batch that it was about to take.
   *
   * @returns `false` if the batch was not taken: its records are queued still, as far as they were not evicted.
   */
  finish(place: BatchPlace, copy: BatchCopy): boolean {
    if (!wasTurned(Atomics.load(this.#control, TAKEN), place.takenBefore)) return false
    this.#copy(place, copy)
    return true
  }

  /** Gives up the claim, whoever made it. */
  release(): void {
    Atomics.store(this.#control, CLAIM, NONE)
  }

  #find(taken: number, limits: TakeLimits): FoundBatch | undefined {
    const { nextSequence } = this
    const { maxRecords, maxBytes } = limits
    const first = positionOf(taken)
    const queued = distance(nextSequence, first)
    const firstSequence = (nextSequence - queued) >>> 0
    const most = Math.min(queued, maxRecords)
    const start = this.#index.startOf(first)
    let records = 0
    while (records < most) {
      const position = first + records
      if (!limits.isReady(this.#index.contextOf(position))) break
      records += this.#index.run(position, most - records)
    }
    while (records > 0 && (this.#index.startOf(first + records) - start) >>> 0 > maxBytes) records--
    if (records === 0) return undefined
    // A batch that cannot grow, by its bytes or by the record behind it, goes however few its records.
    const canGrow = records === most
    if (canGrow && records < limits.minRecords(firstSequence)) return undefined
    return { records, firstSequence, takenBefore: taken, end: after(first, records) }
  }

  /** Two blocks at the most: what comes before the place where the memory starts over, and what comes after. */
  #copy({ takenBefore, end }: BatchPlace, copy: BatchCopy): void {
    const first = positionOf(takenBefore)
    const records = distance(end, first)
    const start = this.#index.startOf(first)
    const to = this.#startIn(copy, takenBefore)
    const untilWrap = this.#bytesMask + 1 - (start & this.#bytesMask)
    const { index } = copy
    let wrap: number | undefined
    let length = 0
    for (let i = 0; ; i++) {
      length = (this.#index.startOf(first + i) - start) >>> 0
      index[i * PAIR_WORDS + START_WORD] = to + length
      if (i === records) break
      index[i * PAIR_WORDS + CONTEXT_WORD] = this.#index.contextOf(first + i)
      if (length >= untilWrap) wrap ??= length
    }
    this.#copyBlock(start, wrap ?? length, copy.bytes, to)
    if (wrap !== undefined) this.#copyBlock(start + wrap, length - wrap, copy.bytes, to + wrap)
  }

  #copyBlock(start: number, length: number, target: Uint8Array, at: number): void {
    const offset = start & this.#bytesMask
    target.set(this.#bytes.subarray(offset, offset + length), at)
  }

  /** Where in a copy the bytes of a batch begin: aligned as they are here. */
  #startIn({ from }: BatchCopy, taken: number): number {
    return from + (this.#index.startOf(taken) & (COPY_ALIGNMENT - 1))
  }
}
