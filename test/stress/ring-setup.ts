import { createSlots, type SlotsMemory } from '#src/exporters/thread/in-flight-slots.js'
import { type AccountsMemory, createAccounts } from '#src/exporters/thread/shared-accounts.js'
import { createRing, type RingMemory } from '#src/exporters/thread/shared-ring.js'

const BATCH_RECORDS = 512

/** What both threads of a stress test share. */
export interface StressSetup {
  readonly ring: RingMemory
  readonly slots: SlotsMemory
  readonly accounts: AccountsMemory
  readonly batchRecords: number
  /** Not zero once nothing more will come. */
  readonly end: SharedArrayBuffer
}

/** What the consumer found: every record it took was as it was written, and newer than the one before. */
export interface StressResult {
  readonly taken: number
  /** Sequence numbers that never came. */
  readonly missing: number
  readonly batches: number
}

export function stressSetup(bytes: number, recordBytes: number): StressSetup {
  const slackBytes = Math.max(bytes >> 1, 2 * recordBytes)
  return {
    ring: createRing({ records: bytes, bytes, recordBytes, slackRecords: 2 * BATCH_RECORDS, slackBytes }),
    slots: createSlots({ slots: 2, records: BATCH_RECORDS, bytes: slackBytes }),
    accounts: createAccounts(),
    batchRecords: BATCH_RECORDS,
    end: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
  }
}
