import { MAX_LOSS_BYTES } from '../otlp/loss-encoder.js'
import { COPY_ALIGNMENT } from '../shared-copy.js'
import type { BatchCopy, BatchPlace, FoundBatch } from './ring-consumer.js'
import { CONTEXT_WORD, indexBytes, PAIR_WORDS, START_WORD } from './ring-index.js'
import type { ToldLoss } from './shared-accounts.js'
import { allocateNew } from './shared-ring.js'

/** The words of a slot that describe its batch. */
const SLOT_WORDS = 16
const STATE = 0
const RECORDS = 1
const FIRST = 2
const TAKEN_BEFORE = 3
const END = 4
const DELIVERIES = 5
const HAS_MARKER = 6
const TOLD_RECORDS = 7
const TOLD_MARKERS = 8

/** The batch has been noted down, and may have been taken from the ring; it is not copied yet. */
const TAKING = 1
/** The batch is in the slot. */
const WHOLE = 0

/** The ledger of a slot: what became of all records that ever were in it. */
const LEDGER_WORDS = 8
const TAKEN = 0
const EXPORTED = 1
const FAILED = 2

/** The context in the pair of a marker: it belongs to what the record behind it does. */
export const MARKER_CONTEXT = 2 ** 32 - 1
/** What is kept free before a batch, for a marker. */
const MARKER_ROOM = aligned(MAX_LOSS_BYTES)

/** The memory of one ring's batches in flight, to be handed to the other thread. */
export interface SlotsMemory {
  readonly control: SharedArrayBuffer
  readonly ledgers: SharedArrayBuffer
  readonly index: SharedArrayBuffer
  readonly data: SharedArrayBuffer
  readonly slots: number
  /** What the batch in one slot has at the most, beside the marker that may stand before it. */
  readonly maxRecords: number
  readonly maxBytes: number
}

/** How many batches there may be, and how large each. */
export interface SlotBounds {
  readonly slots: number
  readonly records: number
  readonly bytes: number
}

/** Makes the memory for batches. */
export function createSlots({ slots, records, bytes }: SlotBounds, allocate = allocateNew): SlotsMemory {
  return {
    control: new SharedArrayBuffer(slots * SLOT_WORDS * Int32Array.BYTES_PER_ELEMENT),
    ledgers: new SharedArrayBuffer(slots * LEDGER_WORDS * BigInt64Array.BYTES_PER_ELEMENT),
    index: allocate(slots * indexBytes(indexPairs(records))),
    data: allocate(slots * slotBytes(bytes)),
    slots,
    maxRecords: records,
    maxBytes: bytes,
  }
}

/** A pair for the marker, one for each record, and one for where the last ends. */
function indexPairs(records: number): number {
  return records + 2
}

/** A batch begins as far behind the room for its marker as it was behind such a place in the ring. */
function slotBytes(batchBytes: number): number {
  return MARKER_ROOM + aligned(COPY_ALIGNMENT - 1 + batchBytes)
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / COPY_ALIGNMENT) * COPY_ALIGNMENT
}

/** The batch in a slot, a marker of loss before it included. */
export interface SlotBatch {
  /** Memory that the records are part of. */
  readonly bytes: Uint8Array
  /** The pair of each record, and one for where the last one ends (see `BatchCopy.index`). */
  readonly index: Uint32Array
}

/** What became of the records that left a ring. */
export interface SlotCounts {
  readonly inFlight: number
  readonly exported: number
  readonly failed: number
}

/**
 * The batches that were taken from a ring and are not settled yet, in memory that outlives the thread that took them.
 *
 * Each slot keeps the ledger of all its records: so many were taken, exported, failed. What is in flight is what is
 * left, so a record is in exactly one place whenever one looks, and a consumer that dies between two of these steps
 * leaves nothing to put right: either its last step counts or it does not.
 *
 * A slot is in use while some of its records are in flight. They are settled in their order.
 */
export class InFlightSlots {
  readonly slots: number
  readonly #words: Int32Array
  readonly #ledgers: BigInt64Array
  readonly #memory: SlotsMemory

  constructor(memory: SlotsMemory) {
    this.slots = memory.slots
    this.#memory = memory
    this.#words = new Int32Array(memory.control)
    this.#ledgers = new BigInt64Array(memory.ledgers)
  }

  /** A slot that is not in use; `undefined` if all are. */
  get free(): number | undefined {
    for (let slot = 0; slot < this.slots; slot++) if (!this.isInUse(slot)) return slot
    return undefined
  }

  isInUse(slot: number): boolean {
    return this.pending(slot) > 0
  }

  /** How many records of a slot's batch are not settled yet. */
  pending(slot: number): number {
    return this.#counts(slot).inFlight
  }

  /** Where the batch of a slot is copied to. */
  copy(slot: number): BatchCopy {
    return { bytes: this.#bytes(slot), from: MARKER_ROOM, index: this.#index(slot).subarray(PAIR_WORDS) }
  }

  /** Puts a marker before the batch of a slot, which begins at `start` in its bytes, or will do so. */
  mark(slot: number, marker: Uint8Array, start: number): void {
    const markerStart = start - marker.length
    const index = this.#index(slot)
    this.#bytes(slot).set(marker, markerStart)
    index[START_WORD] = markerStart
    index[CONTEXT_WORD] = MARKER_CONTEXT
  }

  /** Whether the batch of a slot begins with a marker of loss. */
  hasMarker(slot: number): boolean {
    return this.#load(slot, HAS_MARKER) === 1
  }

  /** The batch in a slot, with its marker. */
  batch(slot: number): SlotBatch {
    const first = this.hasMarker(slot) ? 0 : PAIR_WORDS
    const words = (this.#load(slot, RECORDS) + 1) * PAIR_WORDS
    return { bytes: this.#bytes(slot), index: this.#index(slot).subarray(first, first + words) }
  }

  /**
   * Consumer: the batch that it is about to take, into a slot that is not in use. Its records are in flight from now
   * on; until the ring has parted with them, they are queued too.
   *
   * @param told what the stream tells of with the marker that was written before the batch, if one was. It is a record
   *   of the batch, in the place of the last one that is missing.
   */
  note(slot: number, batch: FoundBatch, told?: ToldLoss): void {
    const markers = told === undefined ? 0 : 1
    this.#store(slot, HAS_MARKER, markers)
    this.#store(slot, TOLD_RECORDS, told?.records ?? 0)
    this.#store(slot, TOLD_MARKERS, told?.markers ?? 0)
    this.#store(slot, RECORDS, markers + batch.records)
    this.#store(slot, FIRST, (batch.firstSequence - markers) | 0)
    this.#store(slot, TAKEN_BEFORE, batch.takenBefore)
    this.#store(slot, END, batch.end)
    this.#store(slot, DELIVERIES, 0)
    this.#store(slot, STATE, TAKING)
    this.#add(slot, TAKEN, markers + batch.records)
  }

  /** What the stream tells of with the batch that was noted down, if it begins with a marker. */
  told(slot: number): ToldLoss | undefined {
    if (!this.hasMarker(slot)) return undefined
    return { records: this.#load(slot, TOLD_RECORDS), markers: this.#load(slot, TOLD_MARKERS) }
  }

  /** Consumer: the batch that was noted down did not come about. */
  strike(slot: number): void {
    const taken = this.#ledger(slot, EXPORTED) + this.#ledger(slot, FAILED)
    Atomics.store(this.#ledgers, slot * LEDGER_WORDS + TAKEN, BigInt(taken))
    this.#store(slot, STATE, WHOLE)
  }

  /** Consumer: the batch is in the slot now. */
  complete(slot: number): void {
    this.#store(slot, STATE, WHOLE)
  }

  /** The place of the batch that was noted down, and is not known to be in the slot. */
  unfinished(slot: number): BatchPlace | undefined {
    if (this.#load(slot, STATE) !== TAKING) return undefined
    return { takenBefore: this.#load(slot, TAKEN_BEFORE), end: this.#load(slot, END) }
  }

  /** Consumer: begins to deliver what is not settled of the batch. */
  begin(slot: number): void {
    Atomics.add(this.#words, slot * SLOT_WORDS + DELIVERIES, 1)
  }

  /** How many consumers have begun to deliver the batch in a slot. */
  deliveries(slot: number): number {
    return this.#load(slot, DELIVERIES)
  }

  /** Consumer: what became of the next records of the slot. */
  settle(slot: number, exported: number, failed: number): void {
    this.#add(slot, EXPORTED, exported)
    this.#add(slot, FAILED, failed)
  }

  /** How many records of a slot's batch are settled. */
  settled(slot: number): number {
    return this.#load(slot, RECORDS) - this.pending(slot)
  }

  /** The counts of all slots. */
  get counts(): SlotCounts {
    let inFlight = 0
    let exported = 0
    let failed = 0
    for (let slot = 0; slot < this.slots; slot++) {
      const counts = this.#counts(slot)
      inFlight += counts.inFlight
      exported += counts.exported
      failed += counts.failed
    }
    return { inFlight, exported, failed }
  }

  /** How many records in flight have a sequence number before `mark`. */
  pendingBefore(mark: number): number {
    let pending = 0
    for (let slot = 0; slot < this.slots; slot++) {
      const { inFlight } = this.#counts(slot)
      const records = this.#load(slot, RECORDS)
      const behind = records - Math.min((mark - this.#load(slot, FIRST)) | 0, records)
      pending += Math.max(0, inFlight - behind)
    }
    return pending
  }

  #bytes(slot: number): Uint8Array {
    const { data, maxBytes } = this.#memory
    const bytes = slotBytes(maxBytes)
    return new Uint8Array(data, slot * bytes, bytes)
  }

  #index(slot: number): Uint32Array {
    const { index, maxRecords } = this.#memory
    const pairs = indexPairs(maxRecords)
    return new Uint32Array(index, slot * indexBytes(pairs), pairs * PAIR_WORDS)
  }

  #counts(slot: number): SlotCounts {
    const taken = this.#ledger(slot, TAKEN)
    const exported = this.#ledger(slot, EXPORTED)
    const failed = this.#ledger(slot, FAILED)
    return { inFlight: taken - exported - failed, exported, failed }
  }

  #ledger(slot: number, word: number): number {
    return Number(Atomics.load(this.#ledgers, slot * LEDGER_WORDS + word))
  }

  #add(slot: number, word: number, records: number): void {
    Atomics.add(this.#ledgers, slot * LEDGER_WORDS + word, BigInt(records))
  }

  #load(slot: number, word: number): number {
    return Atomics.load(this.#words, slot * SLOT_WORDS + word)
  }

  #store(slot: number, word: number, value: number): void {
    Atomics.store(this.#words, slot * SLOT_WORDS + word, value)
  }
}
