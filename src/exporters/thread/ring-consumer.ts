import {
  after,
  CLAIM,
  CONTEXT_WORD,
  distance,
  HEAD,
  headerStart,
  LENGTH_WORD,
  NONE,
  positionOf,
  type RingMemory,
  SEQUENCE_WORD,
  TAKEN,
  takenUpTo,
  UNIT,
  wasTurned,
} from './shared-ring.js'

/** What the consumer may take at once. */
export interface TakeLimits {
  readonly maxRecords: number
  /** The most bytes, headers included; at least as many as the longest record has. */
  readonly maxBytes: number
  /** Records that lie before this position are taken however few they are; none do if there is none. */
  readonly dueBefore?: number | undefined
  /** How many records there have to be if the oldest has this sequence number: fewer are not taken at all. */
  minRecords(firstSequence: number): number
  /** Whether records of this context can be exported yet. */
  isReady(context: number): boolean
}

/** Where a batch is in a ring. */
export interface BatchPlace {
  /** The word of `taken` before the batch was taken: where it begins. */
  readonly takenBefore: number
  /** Where it goes on at the beginning of the memory; its own beginning if it is in one piece. */
  readonly wrap: number
  readonly end: number
}

/** A batch that was found at the head of the queue; the ring has not parted with it yet. */
export interface FoundBatch extends BatchPlace {
  readonly records: number
  readonly bytes: number
  readonly firstSequence: number
}

/** Told how far the taking of a batch is: what it notes down outlives a consumer that dies between two of these. */
export interface TakeObserver {
  beforeSwap(batch: FoundBatch): void
  /** @param swapped whether the batch is the consumer's now; if not, it does not come about. */
  afterSwap(swapped: boolean): void
  afterCopy(): void
}

type Step = 'read' | 'claimed' | 'found' | 'noted' | 'swapped' | 'told' | 'copied' | 'whole'

/** The consumer's end of a ring (see shared-ring.ts). There is one at a time, on the export thread. */
export class RingConsumer {
  readonly #control: Int32Array
  readonly #words: Uint32Array
  readonly #bytes: Uint8Array
  /** The ring's size in units less one. */
  readonly #mask: number

  constructor(memory: RingMemory) {
    this.#control = new Int32Array(memory.control)
    this.#words = new Uint32Array(memory.data)
    this.#bytes = new Uint8Array(memory.data)
    this.#mask = (memory.units - 1) | 0
  }

  /** Whether nothing is queued. */
  get isEmpty(): boolean {
    return positionOf(Atomics.load(this.#control, TAKEN)) === Atomics.load(this.#control, HEAD)
  }

  /** The position behind the newest record that is queued. */
  get head(): number {
    return Atomics.load(this.#control, HEAD)
  }

  /** Takes the oldest records, as many as the limits allow, and copies them to `target`; `undefined` if they allow none. */
  take(target: Uint8Array, limits: TakeLimits, observer: TakeObserver): FoundBatch | undefined {
    const steps = this.takeSteps(target, limits, observer)
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
    }
  }

  /** The same, one step of the protocol at a time, so that tests can have the other side act between any two. */
  *takeSteps(
    target: Uint8Array,
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
      observer.beforeSwap(found)
      yield 'noted'
      const swapped =
        Atomics.compareExchange(this.#control, TAKEN, taken, takenUpTo(found.end, taken)) === taken
      yield 'swapped'
      observer.afterSwap(swapped)
      if (!swapped) continue
      yield 'told'
      this.#copy(found, target)
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
  finish(place: BatchPlace, target: Uint8Array): boolean {
    if (!wasTurned(Atomics.load(this.#control, TAKEN), place.takenBefore)) return false
    this.#copy(place, target)
    return true
  }

  /** Gives up the claim, whoever made it. */
  release(): void {
    Atomics.store(this.#control, CLAIM, NONE)
  }

  #find(taken: number, limits: TakeLimits): FoundBatch | undefined {
    const head = Atomics.load(this.#control, HEAD)
    const words = this.#words
    const mask = this.#mask
    const { maxRecords, maxBytes, dueBefore } = limits
    const start = positionOf(taken)
    const firstSequence = words[headerStart(start, mask) + SEQUENCE_WORD] ?? 0
    let end = start
    let wrap = start
    let records = 0
    let readyContext: number | undefined
    while (end !== head && records < maxRecords) {
      const header = headerStart(end, mask)
      const units = words[header + LENGTH_WORD] ?? 0
      if ((distance(end, start) + units) * UNIT > maxBytes) break
      const context = words[header + CONTEXT_WORD] ?? 0
      if (context !== readyContext && !limits.isReady(context)) break
      readyContext = context
      const isLast = (end & mask) + units > mask
      end = after(end, units)
      if (isLast) wrap = end
      records++
    }
    // A batch that cannot grow, by its bytes or by the record behind it, goes however few its records.
    const isFull = end !== head && records < maxRecords
    const isDue = dueBefore !== undefined && this.#isBefore(start, dueBefore)
    if (records === 0 || (!isFull && !isDue && records < limits.minRecords(firstSequence))) return undefined
    return { records, bytes: distance(end, start) * UNIT, firstSequence, takenBefore: taken, wrap, end }
  }

  /** Positions start over: one that is further ahead than the ring is long is one of long ago. */
  #isBefore(position: number, other: number): boolean {
    const ahead = distance(other, position)
    return ahead > 0 && ahead <= this.#mask + 1
  }

  /** Two blocks at the most: what comes before the place where the memory starts over, and what comes after. */
  #copy({ takenBefore, wrap, end }: BatchPlace, target: Uint8Array): void {
    const start = positionOf(takenBefore)
    const before = distance(wrap, start) * UNIT
    this.#copyBlock(start, before, target, 0)
    this.#copyBlock(wrap, distance(end, wrap) * UNIT, target, before)
  }

  #copyBlock(position: number, bytes: number, target: Uint8Array, at: number): void {
    const offset = (position & this.#mask) * UNIT
    target.set(this.#bytes.subarray(offset, offset + bytes), at)
  }
}
