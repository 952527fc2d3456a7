/**
 * A bounded queue of log records in memory that two threads share: the producer (the thread that emits) writes encoded
 * records, the consumer (the export thread) takes them out in batches. Neither waits for the other's code, ever.
 *
 * The records' bytes lie one behind the other, so that a batch is copied as it is and sent as it was copied. Beside them
 * is the index, a pair of words for every record: where its bytes begin, and its context. It ends where the next one
 * begins; so the pair behind the newest record says where the next one goes.
 *
 * Three positions rule it. They count records from the beginning of time, modulo 2^31:
 *
 *     head    the next record                             stored by the producer
 *     taken   the oldest record that is still queued      moved forward by both, by compare-and-swap:
 *                                                         the consumer takes a batch, the producer evicts
 *     claim   the first record of the batch that is       stored by the consumer; NONE when there is none
 *             being copied
 *
 * The records from `taken` to `head` are queued. Memory from `claim` (or `taken`, without a claim) to `head` must not
 * be written, neither bytes nor pairs. `claim` never lies ahead of `taken`.
 *
 *     consumer                                     producer
 *     1  t = taken                                 1  t = taken
 *     2  claim = t                                 2  c = claim            (after taken: see below)
 *     3  if taken ≠ t: back to 1                   3  free = all − (head − the older of c and t),
 *                                                     in bytes and in pairs
 *     4  find the batch's end e                    4  write the record behind the newest, within free
 *     5  note the batch down in its slot           5  while the queue is over its bounds, and claim ≠ taken:
 *     6  swap taken from t to e,                      swap taken to the record behind the oldest
 *        or back to 1                              6  write the pairs; head = the record behind it
 *     7  copy the batch to the slot
 *     8  claim = NONE
 *
 * Why the producer reads `taken` before `claim`. Say it read claim first, and found NONE. Then the consumer claims 100,
 * moves taken to 150 and copies 100 to 149. Then the producer reads taken, 150, believes everything before 150 to be
 * free, and overwrites what is being copied. The right way round: it reads taken, 100; whatever happens next, it keeps
 * clear of 100 and beyond. And if it reads 150, the claim was there before, and is read now.
 *
 * The producer does 1 to 3 anew only where the room that it saw the last time is used up: it does not shrink by itself.
 *
 * Why step 3 of the consumer. Between its 1 and 2 the producer may evict what was read, and write there: step 4 would
 * go by the pairs of other records, and might find nothing to take where there is something. A claim that still equals
 * taken after it was made known holds: what it covers cannot be overwritten any more.
 *
 * Why the producer does not evict while claim = taken. The consumer is about to swap. Evictions, one every few hundred
 * nanoseconds when it matters, would fail that swap again and again. The queue runs over its bounds instead, into the
 * slack that the memory has for it, by a batch or so; where that ends too, the record is refused.
 *
 * Why the word of `taken` has a bit beside the position, its turn, that each batch which is taken flips and no eviction
 * touches. A consumer that dies between 5 and 8 leaves a claim and a batch in its notes; the claim keeps the memory as
 * it was. Had the swap come about? The position cannot tell: the producer may have evicted just the same records. The
 * turn can, so whoever finds it dead either finishes the copy or leaves those records where they are.
 *
 * A record is never split: one that begins before the end of the memory runs on behind it, into a tail as long as the
 * longest record, and the next one begins where it would have begun anyway. A batch is thus one or two blocks.
 */

import { indexBytes, RingIndex } from './ring-index.js'

/** Where the control words are; 64 bytes apart, so that no two share a cache line. */
const LINE = 16
/** The sequence number of the next record, of which the position is a part. */
export const HEAD = 0
export const TAKEN = LINE
export const CLAIM = 2 * LINE
const CONTROL_BYTES = 3 * LINE * Int32Array.BYTES_PER_ELEMENT

/** The claim when nothing is claimed. */
export const NONE = -1
const POSITION_MASK = 0x7fffffff
const TURN_BIT = ~POSITION_MASK

/** The most records a ring may hold. */
export const MAX_QUEUE_RECORDS = 2 ** 24

/** The memory of one ring, to be handed to the other thread. */
export interface RingMemory {
  readonly control: SharedArrayBuffer
  /** As many pairs as a power of two. */
  readonly index: SharedArrayBuffer
  readonly data: SharedArrayBuffer
  /** The ring's size in bytes, a power of two; the data are longer, by the tail. */
  readonly bytes: number
  /** The longest record, in bytes. */
  readonly maxRecordBytes: number
}

/** How much one ring may hold. */
export interface RingBounds {
  /** The most records that may be queued. */
  readonly records: number
  /** The most bytes that may be queued. */
  readonly bytes: number
  /** The longest record, in bytes. */
  readonly recordBytes: number
  /** What the queue may run over its bounds while a batch is taken. */
  readonly slackRecords: number
  readonly slackBytes: number
}

/** Where the memory for records comes from. Whatever is in it will do: it only says where the first record begins. */
export type Allocate = (bytes: number) => SharedArrayBuffer

export const allocateNew: Allocate = (bytes) => new SharedArrayBuffer(bytes)

/** Makes the memory of a ring. What is new is committed by the operating system as it is first written, not now. */
export function createRing(bounds: RingBounds, allocate = allocateNew): RingMemory {
  const { recordBytes } = bounds
  const bytes = powerOfTwo(bounds.bytes + recordBytes + bounds.slackBytes)
  const control = new SharedArrayBuffer(CONTROL_BYTES)
  new Int32Array(control)[CLAIM] = NONE
  // The pair of the next record is part of it.
  const pairs = powerOfTwo(bounds.records + bounds.slackRecords + 1)
  const index = allocate(indexBytes(pairs))
  return { control, index, data: allocate(bytes + recordBytes), bytes, maxRecordBytes: recordBytes }
}

/** The power of two that is no less than this. */
function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(least))
}

/** How far position `a` is ahead of position `b`. */
export function distance(a: number, b: number): number {
  return (a - b) & POSITION_MASK
}

/** The position that lies so many records behind another one. */
export function after(position: number, records: number): number {
  return (position + records) & POSITION_MASK
}

/** The position in the word of `taken`, or of the record with a sequence number. */
export function positionOf(word: number): number {
  return word & POSITION_MASK
}

/** The word of `taken` once the records before `position` have left, of which none is part of a batch. */
export function evictedUpTo(position: number, taken: number): number {
  return (taken & TURN_BIT) | position
}

/** The word of `taken` once a batch was taken that ends at `end`. */
export function takenUpTo(end: number, taken: number): number {
  return ((taken ^ TURN_BIT) & TURN_BIT) | end
}

/** Whether a batch was taken since the word of `taken` was `before`: one at the most, as a bit cannot count. */
export function wasTurned(taken: number, before: number): boolean {
  return ((taken ^ before) & TURN_BIT) !== 0
}

/** The producer's end. There is one, on the thread that made the ring. */
export class RingProducer {
  readonly #control: Int32Array
  readonly #index: RingIndex
  readonly #bytes: Uint8Array
  /** The ring's size in bytes less one: a whole number to the compiler, too, whatever it was computed with. */
  readonly #bytesMask: number
  readonly #maxRecordBytes: number
  /** The sequence number of the next record; the control word `head` is its copy for the other side. */
  #nextSequence: number
  /** Where its bytes go, as the pair at `head` says, too. */
  #nextStart: number
  /**
   * The other side when it was looked at last: what was taken, from where on memory is kept, and where the bytes of both
   * begin. What there was room for then there is room for now: the other side only makes more, but for a claim that it
   * made known too late, and gives up without having read anything.
   */
  #seenTaken = 0
  #seenTakenStart = 0
  #seenKept = 0
  #seenKeptStart = 0

  constructor(memory: RingMemory) {
    this.#control = new Int32Array(memory.control)
    this.#index = new RingIndex(memory.index)
    this.#bytes = new Uint8Array(memory.data)
    this.#bytesMask = (memory.bytes - 1) | 0
    this.#maxRecordBytes = memory.maxRecordBytes
    this.#nextSequence = Atomics.load(this.#control, HEAD) >>> 0
    this.#nextStart = this.#index.startOf(this.#nextSequence)
    this.#look()
  }

  /** How many records were added so far, modulo 2^32: the next one's sequence number. */
  get nextSequence(): number {
    return this.#nextSequence
  }

  /** The sequence number of the oldest queued record, or the next one's if none is queued. */
  get firstSequence(): number {
    return (this.#nextSequence - this.records) >>> 0
  }

  /** How many records are queued. */
  get records(): number {
    return distance(this.#nextSequence, Atomics.load(this.#control, TAKEN))
  }

  /** How many bytes are queued. */
  get bytes(): number {
    return (this.#nextStart - this.#index.startOf(Atomics.load(this.#control, TAKEN))) >>> 0
  }

  /** Where in the data the next record's bytes go. */
  get recordStart(): number {
    return this.#nextStart & this.#bytesMask
  }

  /** Whether fewer than so many records are queued, and no more than so many bytes. */
  isWithin(maxRecords: number, maxBytes: number): boolean {
    if (this.#wasWithin(maxRecords, maxBytes)) return true
    this.#look()
    return this.#wasWithin(maxRecords, maxBytes)
  }

  /** How many bytes the next record may have at the most, by the memory that is free now. */
  get room(): number {
    if (this.#roomThen(1) >= this.#maxRecordBytes) return this.#maxRecordBytes
    this.#look()
    return Math.max(0, Math.min(this.#roomThen(1), this.#maxRecordBytes))
  }

  #wasWithin(maxRecords: number, maxBytes: number): boolean {
    const bytes = (this.#nextStart - this.#seenTakenStart) >>> 0
    return distance(this.#nextSequence, this.#seenTaken) < maxRecords && bytes <= maxBytes
  }

  /** How many bytes so many records more could have when the other side was looked at last. */
  #roomThen(records: number): number {
    // Also for a claim so old that its pair was written over: then there is none.
    if (distance(this.#nextSequence, this.#seenKept) + records > this.#index.mask) return 0
    return this.#bytesMask + 1 - ((this.#nextStart - this.#seenKeptStart) >>> 0)
  }

  #look(): void {
    // In this order: see above.
    const taken = positionOf(Atomics.load(this.#control, TAKEN))
    const claim = Atomics.load(this.#control, CLAIM)
    this.#seenTaken = taken
    this.#seenTakenStart = this.#index.startOf(taken)
    // A claim that was read before the queue moved on and made known only now is older than what is in the memory.
    const isOlder =
      claim !== NONE && distance(this.#nextSequence, claim) > distance(this.#nextSequence, taken)
    this.#seenKept = isOlder ? claim : taken
    this.#seenKeptStart = this.#index.startOf(this.#seenKept)
  }

  /** Makes the record known that was written from `recordStart` on; returns its sequence number. */
  add(bytes: number, context: number): number {
    const sequence = this.#nextSequence
    const nextSequence = (sequence + 1) >>> 0
    const nextStart = (this.#nextStart + bytes) >>> 0
    this.#index.add(sequence, context, nextStart)
    this.#nextSequence = nextSequence
    this.#nextStart = nextStart
    Atomics.store(this.#control, HEAD, nextSequence)
    return sequence
  }

  /**
   * Adds another record before the one that was written from `recordStart` on, which moves behind it: `length` bytes.
   *
   * @returns the other's sequence number, or `undefined` if there is no room for both: nothing has changed then.
   */
  addBefore(length: number, record: Uint8Array, context: number): number | undefined {
    this.#look()
    if (record.length + length > this.#roomThen(2)) return undefined
    const start = this.recordStart
    const behind = (this.#nextStart + record.length) & this.#bytesMask
    this.#bytes.copyWithin(behind, start, start + length)
    this.#bytes.set(record, start)
    return this.add(record.length, context)
  }

  /**
   * Removes the oldest queued record.
   *
   * @returns its sequence number, or `undefined` if there is none, or if the consumer is about to take it.
   */
  evict(): number | undefined {
    for (;;) {
      const taken = Atomics.load(this.#control, TAKEN)
      const oldest = positionOf(taken)
      const queued = distance(this.#nextSequence, oldest)
      if (queued === 0 || Atomics.load(this.#control, CLAIM) === oldest) return undefined
      const next = evictedUpTo(after(oldest, 1), taken)
      const isGone = Atomics.compareExchange(this.#control, TAKEN, taken, next) === taken
      if (isGone) return (this.#nextSequence - queued) >>> 0
    }
  }
}
