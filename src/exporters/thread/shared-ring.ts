/**
 * A bounded queue of log records in memory that two threads share: the producer (the thread that emits) writes encoded
 * records, the consumer (the export thread) takes them out in batches. Neither waits for the other's code, ever.
 *
 * Three positions rule it, in units of eight bytes from the beginning of time, modulo 2^31:
 *
 *     head    where the next record goes                      stored by the producer
 *     taken   the oldest record that is still queued          moved forward by both, by compare-and-swap:
 *                                                             the consumer takes a batch, the producer evicts
 *     claim   where the batch begins that is being copied     stored by the consumer; NONE when there is none
 *
 * The records from `taken` to `head` are queued. Memory from `claim` (or `taken`, without a claim) to `head` must not
 * be written. `claim` never lies ahead of `taken`.
 *
 *     consumer                                     producer
 *     1  t = taken                                 1  t = taken
 *     2  claim = t                                 2  c = claim            (after taken: see below)
 *     3  if taken ≠ t: back to 1                   3  free = size − (head − (c or t))
 *     4  find the batch's end e                    4  write the record behind head, within free
 *     5  swap taken from t to e,                   5  while the queue is over its bounds, and c ≠ t:
 *        or back to 1                                 swap taken from t to the record behind t
 *     6  copy the batch                            6  head = the record's end
 *     7  claim = NONE
 *
 * Why the producer reads `taken` before `claim`. Say it read claim first, and found NONE. Then the consumer claims 100,
 * moves taken to 150 and copies 100 to 149. Then the producer reads taken, 150, believes everything before 150 to be
 * free, and overwrites what is being copied. The right way round: it reads taken, 100; whatever happens next, it keeps
 * clear of 100 and beyond. And if it reads 150, the claim was there before, and is read now.
 *
 * Why step 3 of the consumer. Between its 1 and 2 the producer may evict what was read, and write there. A claim that
 * still equals taken after it was made known holds: what it covers cannot be overwritten any more.
 *
 * Why the producer does not evict while claim = taken. The consumer is about to swap. Evictions, one every few hundred
 * nanoseconds when it matters, would fail that swap again and again. The queue runs over its bounds instead, into the
 * slack that the memory has for it, by a batch or so; where that ends too, the record is refused.
 *
 * A record is never split: one that begins before the end of the memory runs on behind it, into a tail as long as the
 * longest record, and the next one begins where it would have begun anyway. A batch is thus one or two blocks.
 */

/** Where the control words are; 64 bytes apart, so that no two share a cache line. */
const LINE = 16
const HEAD = 0
const TAKEN = LINE
const CLAIM = 2 * LINE
const CONTROL_BYTES = 3 * LINE * Int32Array.BYTES_PER_ELEMENT

const NONE = -1
const UNIT = 8
const POSITION_MASK = 0x7fffffff

/** The most records a ring may hold. */
export const MAX_QUEUE_RECORDS = 2 ** 24

/** What stands before each record: its length in units with this, its sequence number, its context, its bytes. */
export const RECORD_HEADER_BYTES = 16
const HEADER_WORDS = 4
const LENGTH_WORD = 0
const SEQUENCE_WORD = 1
const CONTEXT_WORD = 2
const BYTES_WORD = 3

/** The memory of one ring, to be handed to the other thread. */
export interface RingMemory {
  readonly control: SharedArrayBuffer
  readonly data: SharedArrayBuffer
  /** The ring's size in units, a power of two; the data are longer, by the tail. */
  readonly units: number
  /** The longest record, in bytes. */
  readonly maxRecordBytes: number
}

/** How much one ring may hold. */
export interface RingBounds {
  /** The most bytes that may be queued, headers included. */
  readonly bytes: number
  /** The longest record, in bytes. */
  readonly recordBytes: number
  /** What the queue may run over its bounds while a batch is taken, in bytes. */
  readonly slackBytes: number
}

/** Makes the memory of a ring. It is committed by the operating system as it is first written, not now. */
export function createRing(bounds: RingBounds): RingMemory {
  const wanted = bounds.bytes + bounds.recordBytes + RECORD_HEADER_BYTES + bounds.slackBytes
  const units = 2 ** Math.ceil(Math.log2(wanted / UNIT))
  const control = new SharedArrayBuffer(CONTROL_BYTES)
  new Int32Array(control)[CLAIM] = NONE
  const data = new SharedArrayBuffer(units * UNIT + bounds.recordBytes + RECORD_HEADER_BYTES + UNIT)
  return { control, data, units, maxRecordBytes: bounds.recordBytes }
}

/** How far position `a` is ahead of position `b`. */
function distance(a: number, b: number): number {
  return (a - b) & POSITION_MASK
}

/** The producer's end. There is one, on the thread that made the ring. */
export class RingProducer {
  readonly #control: Int32Array
  readonly #words: Uint32Array
  readonly #units: number
  readonly #maxRecordBytes: number
  /** Where the next record goes; the control word `head` is its copy for the other side. */
  #head = 0
  #nextSequence = 0

  constructor(memory: RingMemory) {
    this.#control = new Int32Array(memory.control)
    this.#words = new Uint32Array(memory.data)
    this.#units = memory.units
    this.#maxRecordBytes = memory.maxRecordBytes
  }

  /** How many records were added so far, modulo 2^32: the next one's sequence number. */
  get nextSequence(): number {
    return this.#nextSequence
  }

  /** The sequence number of the oldest queued record, or the next one's if none is queued. */
  get firstSequence(): number {
    const taken = Atomics.load(this.#control, TAKEN)
    return taken === this.#head ? this.#nextSequence : this.#word(taken, SEQUENCE_WORD)
  }

  /** How many records are queued. */
  get records(): number {
    return (this.#nextSequence - this.firstSequence) >>> 0
  }

  /** How many bytes are queued, headers included. */
  get bytes(): number {
    return distance(this.#head, Atomics.load(this.#control, TAKEN)) * UNIT
  }

  /** Where in the data the next record's bytes go. */
  get recordStart(): number {
    return (this.#head & (this.#units - 1)) * UNIT + RECORD_HEADER_BYTES
  }

  /** How many bytes the next record may have at the most, by the memory that is free now. */
  get room(): number {
    // In this order: see above.
    const taken = Atomics.load(this.#control, TAKEN)
    const claim = Atomics.load(this.#control, CLAIM)
    const free =
      (this.#units - distance(this.#head, claim === NONE ? taken : claim)) * UNIT - RECORD_HEADER_BYTES
    return Math.max(0, Math.min(free, this.#maxRecordBytes))
  }

  /** Makes the record known that was written from `recordStart` on; returns its sequence number. */
  add(bytes: number, context: number): number {
    const units = Math.ceil((RECORD_HEADER_BYTES + bytes) / UNIT)
    const sequence = this.#nextSequence
    const header = (this.#head & (this.#units - 1)) * (UNIT / Uint32Array.BYTES_PER_ELEMENT)
    this.#words[header + LENGTH_WORD] = units
    this.#words[header + SEQUENCE_WORD] = sequence
    this.#words[header + CONTEXT_WORD] = context
    this.#words[header + BYTES_WORD] = bytes
    this.#head = (this.#head + units) & POSITION_MASK
    this.#nextSequence = (sequence + 1) >>> 0
    Atomics.store(this.#control, HEAD, this.#head)
    return sequence
  }

  /**
   * Removes the oldest queued record.
   *
   * @returns `false` if there is none, or if the consumer is about to take it.
   */
  evict(): boolean {
    for (;;) {
      const taken = Atomics.load(this.#control, TAKEN)
      if (taken === this.#head || Atomics.load(this.#control, CLAIM) === taken) return false
      const next = (taken + this.#word(taken, LENGTH_WORD)) & POSITION_MASK
      if (Atomics.compareExchange(this.#control, TAKEN, taken, next) === taken) return true
    }
  }

  #word(position: number, word: number): number {
    const index = (position & (this.#units - 1)) * (UNIT / Uint32Array.BYTES_PER_ELEMENT) + word
    return this.#words[index] ?? 0
  }
}

/** What the consumer may take at once. */
export interface TakeLimits {
  readonly maxRecords: number
  /** The most bytes, headers included; at least as many as the longest record has. */
  readonly maxBytes: number
  /** How many records there have to be if the oldest has this sequence number: fewer are not taken at all. */
  minRecords(firstSequence: number): number
  /** Whether records of this context can be exported yet. */
  isReady(context: number): boolean
}

/** A batch that was found at the head of the queue; the ring has not parted with it yet. */
export interface FoundBatch {
  readonly records: number
  readonly bytes: number
  readonly firstSequence: number
}

/** Told before the swap that makes a batch the consumer's, and after it, whether it came about. */
export interface SwapObserver {
  beforeSwap(batch: FoundBatch): void
  afterSwap(batch: FoundBatch, swapped: boolean): void
}

/** The consumer's end. There is one at a time, on the export thread. */
export class RingConsumer {
  readonly #control: Int32Array
  readonly #words: Uint32Array
  readonly #bytes: Uint8Array
  readonly #units: number

  constructor(memory: RingMemory) {
    this.#control = new Int32Array(memory.control)
    this.#words = new Uint32Array(memory.data)
    this.#bytes = new Uint8Array(memory.data)
    this.#units = memory.units
  }

  /** Whether anything is queued. */
  get isEmpty(): boolean {
    return Atomics.load(this.#control, TAKEN) === Atomics.load(this.#control, HEAD)
  }

  /** Takes the oldest records, as many as the limits allow, and copies them to `target`; `undefined` if they allow none. */
  take(target: Uint8Array, limits: TakeLimits, observer: SwapObserver): FoundBatch | undefined {
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
    observer: SwapObserver,
  ): Generator<'read' | 'claimed' | 'found' | 'swapped' | 'copied', FoundBatch | undefined, undefined> {
    for (;;) {
      const taken = Atomics.load(this.#control, TAKEN)
      yield 'read'
      Atomics.store(this.#control, CLAIM, taken)
      yield 'claimed'
      if (Atomics.load(this.#control, TAKEN) !== taken) continue
      const found = this.#find(taken, limits)
      yield 'found'
      if (found === undefined) {
        Atomics.store(this.#control, CLAIM, NONE)
        return undefined
      }
      observer.beforeSwap(found)
      const swapped = Atomics.compareExchange(this.#control, TAKEN, taken, found.end) === taken
      observer.afterSwap(found, swapped)
      if (!swapped) continue
      yield 'swapped'
      this.#copy(taken, found.wrap, found.end, target)
      yield 'copied'
      Atomics.store(this.#control, CLAIM, NONE)
      return found
    }
  }

  #find(start: number, limits: TakeLimits): (FoundBatch & { wrap: number; end: number }) | undefined {
    const head = Atomics.load(this.#control, HEAD)
    const firstSequence = this.#word(start, SEQUENCE_WORD)
    let end = start
    let wrap = start
    let records = 0
    while (end !== head && records < limits.maxRecords) {
      const units = this.#word(end, LENGTH_WORD)
      if ((distance(end, start) + units) * UNIT > limits.maxBytes) break
      if (!limits.isReady(this.#word(end, CONTEXT_WORD))) break
      const offset = end & (this.#units - 1)
      end = (end + units) & POSITION_MASK
      if (offset + units >= this.#units) wrap = end
      records++
    }
    // A batch that is full by its bytes goes, however few its records.
    const isFull = end !== head && records < limits.maxRecords
    if (records === 0 || (!isFull && records < limits.minRecords(firstSequence))) return undefined
    return { records, bytes: distance(end, start) * UNIT, firstSequence, wrap, end }
  }

  /** Two blocks at the most: what comes before the place where the memory starts over, and what comes after. */
  #copy(start: number, wrap: number, end: number, target: Uint8Array): void {
    const before = distance(wrap, start) * UNIT
    this.#copyBlock(start, before, target, 0)
    this.#copyBlock(wrap, distance(end, wrap) * UNIT, target, before)
  }

  #copyBlock(position: number, bytes: number, target: Uint8Array, at: number): void {
    const offset = (position & (this.#units - 1)) * UNIT
    target.set(this.#bytes.subarray(offset, offset + bytes), at)
  }

  #word(position: number, word: number): number {
    return this.#words[(position & (this.#units - 1)) * (UNIT / Uint32Array.BYTES_PER_ELEMENT) + word] ?? 0
  }
}

/** One record of a batch that was taken: where its bytes are in the copy, and which context they belong to. */
export interface EntryView {
  readonly start: number
  readonly end: number
  readonly context: number
}

/** The records of a batch, oldest first, from the copy that `take` made. */
export function* entriesOf(batch: Uint8Array): Generator<EntryView> {
  const words = new Uint32Array(
    batch.buffer,
    batch.byteOffset,
    batch.byteLength / Uint32Array.BYTES_PER_ELEMENT,
  )
  let index = 0
  while (index + HEADER_WORDS <= words.length) {
    const start = index * Uint32Array.BYTES_PER_ELEMENT + RECORD_HEADER_BYTES
    yield { start, end: start + (words[index + BYTES_WORD] ?? 0), context: words[index + CONTEXT_WORD] ?? 0 }
    index += (words[index + LENGTH_WORD] ?? 0) * (UNIT / Uint32Array.BYTES_PER_ELEMENT)
  }
}
