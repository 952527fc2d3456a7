import { deepStrictEqual } from 'node:assert/strict'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import { callExporter, type ExportOutcome } from '#src/exporters/export-call.js'
import { logRecord } from '../support/log-records.js'
import { ManualClock } from '../support/manual-clock.js'

describe('a call of an exporter', () => {
  it('that rejects instead of answering has failed, and ends no process', async () => {
    const clock = new ManualClock()
    const error = new Error('an async export failed')
    const exporter: LogRecordExporter = {
      export: async () => {
        throw error
      },
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
    }
    const ends: (ExportOutcome | 'released')[] = []
    callExporter(exporter, [logRecord()], 1_000, clock, {
      settled: (outcome) => ends.push(outcome),
      released: () => ends.push('released'),
    })
    await clock.settle()
    deepStrictEqual(ends, [{ error }, 'released'])
    deepStrictEqual(clock.pendingTimers, 0)
  })
})
