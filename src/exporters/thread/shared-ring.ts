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
 *     3  if taken ≠ t: back to 1                   3  free = size − (head − the older of c and t)
 *     4  find the batch's end e                    4  write the record behind head, within free
 *     5  note the batch down in its slot           5  while the queue is over its bounds, and claim ≠ taken:
 *     6  swap taken from t to e,                      swap taken to the record behind the oldest
 *        or back to 1                              6  head = the record's end
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
 * find its way by lengths that are none. A claim that still equals taken after it was made known holds: what it covers
 * cannot be overwritten any more.
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

/** Where the control words are; 64 bytes apart, so that no two share a cache line. */
const LINE = 16
export const HEAD = 0
export const TAKEN = LINE
export const CLAIM = 2 * LINE
const CONTROL_BYTES = 3 * LINE * Int32Array.BYTES_PER_ELEMENT

/** The claim when nothing is claimed. */
export const NONE = -1
const UNIT_SHIFT = 3
/** Positions count units of so many bytes. */
export const UNIT = 1 << UNIT_SHIFT
const UNIT_WORDS = UNIT / Uint32Array.BYTES_PER_ELEMENT
const POSITION_MASK = 0x7fffffff
const TURN_BIT = ~POSITION_MASK

/** The most records a ring may hold. */
export const MAX_QUEUE_RECORDS = 2 ** 24

/** What stands before each record: its length in units with this, its sequence number, its context, its bytes. */
export const RECORD_HEADER_BYTES = 16
export const HEADER_WORDS = RECORD_HEADER_BYTES / Uint32Array.BYTES_PER_ELEMENT
export const LENGTH_WORD = 0
export const SEQUENCE_WORD = 1
export const CONTEXT_WORD = 2
export const BYTES_WORD = 3

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

/** Where the memory for records comes from: whatever is in it will do. */
export type Allocate = (bytes: number) => SharedArrayBuffer

export const allocateNew: Allocate = (bytes) => new SharedArrayBuffer(bytes)

/** Makes the memory of a ring. What is new is committed by the operating system as it is first written, not now. */
export function createRing(bounds: RingBounds, allocate = allocateNew): RingMemory {
  const wanted = bounds.bytes + bounds.recordBytes + RECORD_HEADER_BYTES + bounds.slackBytes
  const units = 2 ** Math.ceil(Math.log2(wanted / UNIT))
  const control = new SharedArrayBuffer(CONTROL_BYTES)
  new Int32Array(control)[CLAIM] = NONE
  const data = allocate(units * UNIT + ringBytes(bounds.recordBytes))
  return { control, data, units, maxRecordBytes: bounds.recordBytes }
}

/** How far position `a` is ahead of position `b`. */
export function distance(a: number, b: number): number {
  return (a - b) & POSITION_MASK
}

/** The position that lies `units` behind another one. */
export function after(position: number, units: number): number {
  return (position + units) & POSITION_MASK
}

/** The position in the word of `taken`. */
export function positionOf(taken: number): number {
  return taken & POSITION_MASK
}

/** The word of `taken` once a batch was taken that ends at `end`. */
export function takenUpTo(end: number, taken: number): number {
  return ((taken ^ TURN_BIT) & TURN_BIT) | end
}

/** Whether a batch was taken since the word of `taken` was `before`: one at the most, as a bit cannot count. */
export function wasTurned(taken: number, before: number): boolean {
  return ((taken ^ before) & TURN_BIT) !== 0
}

/** How many bytes a record of so many takes in the ring. */
export function ringBytes(recordBytes: number): number {
  return (RECORD_HEADER_BYTES + recordBytes + UNIT - 1) & -UNIT
}

/** Where the header of the record at a position begins in the memory's words; `mask`: the ring's units less one. */
export function headerStart(position: number, mask: number): number {
  return (position & mask) * UNIT_WORDS
}

/** The producer's end. There is one, on the thread that made the ring. */
export class RingProducer {
  readonly #control: Int32Array
  readonly #words: Uint32Array
  readonly #bytes: Uint8Array
  /** The ring's size in units less one: a whole number to the compiler, too, whatever the size was computed with. */
  readonly #mask: number
  readonly #maxRecordBytes: number
  /** Where the next record goes; the control word `head` is its copy for the other side. */
  #head: number
  #nextSequence = 0
  /**
   * The other side when it was looked at last: what was taken, the sequence number there, and from where on memory is
   * kept. What there was room for then there is room for now: the other side only makes more, but for a claim that it made
   * known too late, and gives up without having read anything.
   */
  #seenTaken = 0
  #seenFirst = 0
  #seenKept = 0

  constructor(memory: RingMemory) {
    this.#control = new Int32Array(memory.control)
    this.#head = Atomics.load(this.#control, HEAD)
    this.#words = new Uint32Array(memory.data)
    this.#bytes = new Uint8Array(memory.data)
    this.#mask = (memory.units - 1) | 0
    this.#maxRecordBytes = memory.maxRecordBytes
    this.#look()
  }

  /** How many records were added so far, modulo 2^32: the next one's sequence number. */
  get nextSequence(): number {
    return this.#nextSequence
  }

  /** The sequence number of the oldest queued record, or the next one's if none is queued. */
  get firstSequence(): number {
    const taken = positionOf(Atomics.load(this.#control, TAKEN))
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
    return (this.#head & this.#mask) * UNIT + RECORD_HEADER_BYTES
  }

  /** Whether fewer than so many records are queued, and no more than so many bytes, headers included. */
  isWithin(maxRecords: number, maxBytes: number): boolean {
    if (this.#wasWithin(maxRecords, maxBytes)) return true
    this.#look()
    return this.#wasWithin(maxRecords, maxBytes)
  }

  /** How many bytes the next record may have at the most, by the memory that is free now. */
  get room(): number {
    if (this.#freeThen() < RECORD_HEADER_BYTES + this.#maxRecordBytes) this.#look()
    return Math.max(0, Math.min(this.#freeThen() - RECORD_HEADER_BYTES, this.#maxRecordBytes))
  }

  #wasWithin(maxRecords: number, maxBytes: number): boolean {
    const records = (this.#nextSequence - this.#seenFirst) >>> 0
    return records < maxRecords && distance(this.#head, this.#seenTaken) * UNIT <= maxBytes
  }

  /** How many bytes could be written behind the newest record when the other side was looked at last. */
  #freeThen(): number {
    return (this.#mask + 1 - distance(this.#head, this.#seenKept)) * UNIT
  }

  #look(): void {
    // In this order: see above.
    const taken = positionOf(Atomics.load(this.#control, TAKEN))
    const claim = Atomics.load(this.#control, CLAIM)
    this.#seenTaken = taken
    this.#seenFirst = taken === this.#head ? this.#nextSequence : this.#word(taken, SEQUENCE_WORD)
    // A claim that was read before the queue moved on and made known only now is older than what is in the memory.
    const isOlder = claim !== NONE && distance(this.#head, claim) > distance(this.#head, taken)
    this.#seenKept = isOlder ? claim : taken
  }

  /** Makes the record known that was written from `recordStart` on; returns its sequence number. */
  add(bytes: number, context: number): number {
    const units = ringBytes(bytes) >> UNIT_SHIFT
    const sequence = this.#nextSequence
    const header = headerStart(this.#head, this.#mask)
    this.#words[header + LENGTH_WORD] = units
    this.#words[header + SEQUENCE_WORD] = sequence
    this.#words[header + CONTEXT_WORD] = context
    this.#words[header + BYTES_WORD] = bytes
    this.#head = after(this.#head, units)
    this.#nextSequence = (sequence + 1) >>> 0
    Atomics.store(this.#control, HEAD, this.#head)
    return sequence
  }

  /**
   * Adds another record before the one that was written from `recordStart` on, which moves behind it: `length` bytes.
   *
   * @returns the other's sequence number, or `undefined` if there is no room for both: nothing has changed then.
   */
  addBefore(length: number, record: Uint8Array, context: number): number | undefined {
    const bytes = ringBytes(record.length)
    this.#look()
    if (bytes + ringBytes(length) > this.#freeThen()) return undefined
    const start = this.recordStart
    const behind = (after(this.#head, bytes / UNIT) & this.#mask) * UNIT + RECORD_HEADER_BYTES
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
      if (oldest === this.#head || Atomics.load(this.#control, CLAIM) === oldest) return undefined
      const next = (taken & TURN_BIT) | after(oldest, this.#word(oldest, LENGTH_WORD))
      const isGone = Atomics.compareExchange(this.#control, TAKEN, taken, next) === taken
      if (isGone) return this.#word(oldest, SEQUENCE_WORD)
    }
  }

  #word(position: number, word: number): number {
    return this.#words[headerStart(position, this.#mask) + word] ?? 0
  }
}
