import assert from 'node:assert/strict'
import { type EntryView, entriesOf } from '#src/exporters/thread/batch-entries.js'

/**
 * Records whose bytes follow from their sequence number, so that one that was torn or overwritten shows: the number,
 * its length, and a pattern of both.
 */
export function fillRecord(data: Uint8Array, start: number, length: number, sequence: number): void {
  for (let i = 0; i < length; i++) data[start + i] = patternAt(sequence, length, i)
}

/** The records of a batch, in their order. @throws for one that is not as it was written. */
export function checkedRecords(batch: Uint8Array, firstSequence: number): EntryView<number>[] {
  const entries = entriesOf(batch, (id) => id)
  entries.forEach((entry, i) => {
    checkRecord(batch, entry, (firstSequence + i) >>> 0)
  })
  return entries
}

function checkRecord(batch: Uint8Array, { start, end, context }: EntryView<number>, sequence: number): void {
  assert.equal(context, sequence % 7)
  for (let at = start; at < end; at++) {
    if (batch[at] !== patternAt(sequence, end - start, at - start)) {
      assert.fail(`record ${sequence} is torn at byte ${at - start} of ${end - start}`)
    }
  }
}

function patternAt(sequence: number, length: number, index: number): number {
  return (Math.imul(sequence + 1, 0x9e3779b1) + Math.imul(index, 31) + length) & 0xff
}
