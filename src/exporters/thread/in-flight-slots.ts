import type { FoundBatch } from './shared-ring.js'

const SLOT_WORDS = 16
const RECORDS = 0
const DONE = 1
const FIRST = 2
const BYTES = 3

/** The memory of one ring's batches in flight, to be handed to the other thread. */
export interface SlotsMemory {
  readonly control: SharedArrayBuffer
  readonly data: SharedArrayBuffer
  readonly slots: number
  readonly slotBytes: number
}

export function createSlots(slots: number, slotBytes: number): SlotsMemory {
  return {
    control: new SharedArrayBuffer(slots * SLOT_WORDS * Int32Array.BYTES_PER_ELEMENT),
    data: new SharedArrayBuffer(slots * slotBytes),
    slots,
    slotBytes,
  }
}

/**
 * The batches that were taken from a ring and are not settled yet, in memory that outlives the thread that took them.
 *
 * A slot is in use while fewer of its records are done than it has. Records are done in their order.
 */
export class InFlightSlots {
  readonly slots: number
  readonly #words: Int32Array
  readonly #memory: SlotsMemory

  constructor(memory: SlotsMemory) {
    this.slots = memory.slots
    this.#memory = memory
    this.#words = new Int32Array(memory.control)
  }

  /** A slot that is not in use; `undefined` if all are. */
  get free(): number | undefined {
    for (let slot = 0; slot < this.slots; slot++) if (!this.isInUse(slot)) return slot
    return undefined
  }

  isInUse(slot: number): boolean {
    return this.#load(slot, DONE) < this.#load(slot, RECORDS)
  }

  /** Where the batch of a slot is copied to. */
  data(slot: number): Uint8Array {
    return new Uint8Array(this.#memory.data, slot * this.#memory.slotBytes, this.#memory.slotBytes)
  }

  /** The batch in a slot. */
  batch(slot: number): Uint8Array {
    return this.data(slot).subarray(0, this.#load(slot, BYTES))
  }

  /** Consumer, within a change of the accounts: the slot has a batch. */
  fill(slot: number, batch: FoundBatch): void {
    this.#store(slot, DONE, 0)
    this.#store(slot, FIRST, batch.firstSequence | 0)
    this.#store(slot, BYTES, batch.bytes)
    this.#store(slot, RECORDS, batch.records)
  }

  /** Consumer, within a change of the accounts: the slot's batch did not come about after all. */
  clear(slot: number): void {
    this.#store(slot, RECORDS, 0)
    this.#store(slot, DONE, 0)
  }

  /** Consumer, within a change of the accounts: so many more of its records are done. */
  addDone(slot: number, records: number): void {
    this.#store(slot, DONE, this.#load(slot, DONE) + records)
  }

  /** How many of a slot's records are done, and how many there are. */
  progress(slot: number): { readonly done: number; readonly records: number } {
    return { done: this.#load(slot, DONE), records: this.#load(slot, RECORDS) }
  }

  /** How many records in flight have a sequence number before `mark`. */
  pendingBefore(mark: number): number {
    let pending = 0
    for (let slot = 0; slot < this.slots; slot++) {
      if (!this.isInUse(slot)) continue
      const { done, records } = this.progress(slot)
      const before = (mark - this.#load(slot, FIRST)) | 0
      pending += Math.max(0, Math.min(before, records) - done)
    }
    return pending
  }

  #load(slot: number, word: number): number {
    return Atomics.load(this.#words, slot * SLOT_WORDS + word)
  }

  #store(slot: number, word: number, value: number): void {
    Atomics.store(this.#words, slot * SLOT_WORDS + word, value)
  }
}
