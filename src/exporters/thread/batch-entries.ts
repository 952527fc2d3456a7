import {
  BYTES_WORD,
  CONTEXT_WORD,
  HEADER_WORDS,
  LENGTH_WORD,
  RECORD_HEADER_BYTES,
  UNIT,
} from './shared-ring.js'

/** One record of a batch that was taken: where its bytes are in the copy, and which context they belong to. */
export interface EntryView {
  readonly start: number
  readonly end: number
  readonly context: number
}

/** The records of a batch, oldest first, from the copy that the consumer made. */
export function entriesOf(batch: Uint8Array): EntryView[] {
  const words = new Uint32Array(
    batch.buffer,
    batch.byteOffset,
    batch.byteLength / Uint32Array.BYTES_PER_ELEMENT,
  )
  const entries: EntryView[] = []
  let index = 0
  while (index + HEADER_WORDS <= words.length) {
    const start = index * Uint32Array.BYTES_PER_ELEMENT + RECORD_HEADER_BYTES
    const end = start + (words[index + BYTES_WORD] ?? 0)
    entries.push({ start, end, context: words[index + CONTEXT_WORD] ?? 0 })
    index += (words[index + LENGTH_WORD] ?? 0) * (UNIT / Uint32Array.BYTES_PER_ELEMENT)
  }
  return entries
}
