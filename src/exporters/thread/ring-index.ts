/** The pair of a record: where its bytes begin, in bytes from the beginning of time modulo 2^32, and its context. */
export const PAIR_WORDS = 2
export const START_WORD = 0
export const CONTEXT_WORD = 1

/** How many bytes an index with so many pairs has. */
export function indexBytes(pairs: number): number {
  return pairs * PAIR_WORDS * Uint32Array.BYTES_PER_ELEMENT
}

/** The index of a ring, by positions or sequence numbers of records (see shared-ring.ts). */
export class RingIndex {
  readonly #words: Uint32Array
  /** How many pairs it has, less one: a whole number to the compiler, whatever that was computed with. */
  readonly mask: number

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory)
    this.mask = (this.#words.length / PAIR_WORDS - 1) | 0
  }

  startOf(position: number): number {
    return this.#words[(position & this.mask) * PAIR_WORDS + START_WORD] ?? 0
  }

  contextOf(position: number): number {
    return this.#words[(position & this.mask) * PAIR_WORDS + CONTEXT_WORD] ?? 0
  }

  /** How many of the next `most` records have the context of the first of them. */
  run(position: number, most: number): number {
    const words = this.#words
    const { mask } = this
    const context = this.contextOf(position)
    let records = 1
    while (records < most && words[((position + records) & mask) * PAIR_WORDS + CONTEXT_WORD] === context)
      records++
    return records
  }

  /** Producer: the context of the newest record, and where it ends, which is where the next one begins. */
  add(position: number, context: number, end: number): void {
    this.#words[(position & this.mask) * PAIR_WORDS + CONTEXT_WORD] = context
    this.#words[((position + 1) & this.mask) * PAIR_WORDS + START_WORD] = end
  }
}
