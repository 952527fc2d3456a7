import {
  BYTES_WORD,
  CONTEXT_WORD,
  HEADER_WORDS,
  LENGTH_WORD,
  RECORD_HEADER_BYTES,
  UNIT,
} from './shared-ring.js'

const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT
const UNIT_WORDS = UNIT / WORD_BYTES

/** One record of a batch that was taken: where its bytes are in the copy, and the context they belong to. */
export interface EntryView<Context> {
  readonly start: number
  readonly end: number
  readonly context: Context
}

/**
 * The records of a batch, oldest first, from the copy that the consumer made.
 *
 * @param contextOf the context with this number; asked once for all records in a row that have the same.
 */
export function entriesOf<Context>(
  batch: Uint8Array,
  contextOf: (id: number) => Context,
): EntryView<Context>[] {
  const words = new Uint32Array(batch.buffer, batch.byteOffset, batch.byteLength / WORD_BYTES)
  const entries: EntryView<Context>[] = []
  let index = 0
  let lastId = words[CONTEXT_WORD] ?? 0
  let context = contextOf(lastId)
  while (index + HEADER_WORDS <= words.length) {
    const id = words[index + CONTEXT_WORD] ?? 0
    if (id !== lastId) context = contextOf(id)
    lastId = id
    const start = index * WORD_BYTES + RECORD_HEADER_BYTES
    entries.push({ start, end: start + (words[index + BYTES_WORD] ?? 0), context })
    index += (words[index + LENGTH_WORD] ?? 0) * UNIT_WORDS
  }
  return entries
}
