import { type ContextRun, EncodedBatch } from '../otlp/encoded-batch.js'
import type { SlotBatch } from './in-flight-slots.js'
import { CONTEXT_WORD, PAIR_WORDS, START_WORD } from './ring-index.js'

/**
 * The records of the batch in a slot, oldest first.
 *
 * @param contextOf the context with this number; asked once for all records in a row that have the same.
 */
export function slotRecords<Context>(
  { bytes, index }: SlotBatch,
  contextOf: (id: number) => Context,
): EncodedBatch<Context> {
  const records = index.length / PAIR_WORDS - 1
  const starts = new Uint32Array(records + 1)
  const runs: ContextRun<Context>[] = []
  let from = 0
  for (let i = 0; i <= records; i++) {
    starts[i] = index[i * PAIR_WORDS + START_WORD] ?? 0
    const id = index[from * PAIR_WORDS + CONTEXT_WORD] ?? 0
    if (i > from && (i === records || index[i * PAIR_WORDS + CONTEXT_WORD] !== id)) {
      runs.push({ context: contextOf(id), from, to: i })
      from = i
    }
  }
  return new EncodedBatch(bytes, starts, runs)
}
