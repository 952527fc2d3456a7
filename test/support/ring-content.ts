import assert from 'node:assert/strict'
import type { EncodedBatch, EncodedRecord } from '#src/exporters/otlp/encoded-batch.js'
import type { SlotBatch } from '#src/exporters/thread/in-flight-slots.js'
import { slotRecords } from '#src/exporters/thread/slot-records.js'

/**
 * Records whose bytes follow from their sequence number, so that one that was torn or overwritten shows: the number,
 * its length, and a pattern of both.
 */
export function fillRecord(data: Uint8Array, start: number, length: number, sequence: number): void {
  for (let i = 0; i < length; i++) data[start + i] = patternAt(sequence, length, i)
}

/** The records of a batch, in their order. @throws for one that is not as it was written. */
export function checkedRecords(batch: SlotBatch, firstSequence: number): EncodedBatch<number> {
  const records = slotRecords(batch, (id) => id)
  let sequence = firstSequence
  for (const record of records.records()) {
    checkRecord(batch.bytes, record, sequence)
    sequence = (sequence + 1) >>> 0
  }
  return records
}

function checkRecord(
  bytes: Uint8Array,
  { start, end, context }: EncodedRecord<number>,
  sequence: number,
): void {
  assert.equal(context, sequence % 7)
  for (let at = start; at < end; at++) {
    if (bytes[at] !== patternAt(sequence, end - start, at - start)) {
      assert.fail(`record ${sequence} is torn at byte ${at - start} of ${end - start}`)
    }
  }
}

function patternAt(sequence: number, length: number, index: number): number {
  return (Math.imul(sequence + 1, 0x9e3779b1) + Math.imul(index, 31) + length) & 0xff
}
