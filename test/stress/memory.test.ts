import { ok, strictEqual } from 'node:assert/strict'
import { accountedFor } from '../processors/suites/accounted-for.js'
import { ALLOWED_GROWTH_BYTES, memoryGrowth } from './memory-growth.js'

/** The whole, 10 million, is a program of its own: test/stress/memory.ts. */
const RECORDS = 400_000

describe('the memory of a process whose receiver hangs', () => {
  for (const mode of ['dropping', 'sliding'] as const) {
    it(`grows by no more than the queue and 30 MB (${mode})`, async () => {
      const { before, peak, stats } = await memoryGrowth(mode, RECORDS, 60_000)
      ok(peak - before <= ALLOWED_GROWTH_BYTES, `grew by ${peak - before} bytes`)
      strictEqual(stats.emitted, RECORDS)
      strictEqual(accountedFor(stats), RECORDS)
      ok(stats.queueSize > 10_000)
    }).timeout(70_000)
  }
})
