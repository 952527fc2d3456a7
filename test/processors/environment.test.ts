import assert from 'node:assert/strict'
import { type QueueSettings, queueSettings } from '#src/processors/queue-options.js'
import { SyncLogRecordProcessor } from '#src/processors/sync-log-record-processor.js'
import { captureDiagnostics } from './suites/captured-diagnostics.js'
import { ControlledExporter } from './suites/controlled-exporter.js'

/** Every environment variable, values it must ignore, and what is used instead; a good one; an option that wins. */
const VARIABLES: readonly {
  readonly variable: string
  readonly option: keyof QueueSettings
  readonly wrong: readonly string[]
  readonly fallback: unknown
  readonly good: string
  readonly used: unknown
  readonly given: Partial<QueueSettings>
}[] = [
  {
    variable: 'OTEL_BLRP_MAX_QUEUE_SIZE',
    option: 'maxQueueSize',
    wrong: ['many', '-1', '0', '16777217', '1.5', 'Infinity'],
    fallback: 2048,
    good: '600',
    used: 600,
    given: { maxQueueSize: 700 },
  },
  {
    variable: 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
    option: 'maxExportBatchSize',
    wrong: ['some', '-1', '0', '2049', '1.5'],
    fallback: 512,
    good: ' 100 ',
    used: 100,
    given: { maxExportBatchSize: 200 },
  },
  {
    variable: 'OTEL_BLRP_SCHEDULE_DELAY',
    option: 'scheduledDelayMillis',
    wrong: ['soon', '-1', '2147483648', '0.5'],
    fallback: 1000,
    good: '0',
    used: 0,
    given: { scheduledDelayMillis: 50 },
  },
  {
    variable: 'OTEL_BLRP_EXPORT_TIMEOUT',
    option: 'exportTimeoutMillis',
    wrong: ['never', '-1', '0', '2147483648'],
    fallback: 30_000,
    good: '1000',
    used: 1000,
    given: { exportTimeoutMillis: 2000 },
  },
  {
    variable: 'OTEL_SLUICE_MODE',
    option: 'mode',
    wrong: ['drop', '1', 'sync'],
    fallback: 'dropping',
    good: 'Sliding',
    used: 'sliding',
    given: { mode: 'dropping' },
  },
]

describe('environment variables', () => {
  const exporter = new ControlledExporter()
  let diagnostics: ReturnType<typeof captureDiagnostics>
  let before: NodeJS.ProcessEnv = {}

  beforeEach(() => {
    before = { ...process.env }
    for (const { variable } of VARIABLES) delete process.env[variable]
    diagnostics = captureDiagnostics()
  })

  afterEach(() => {
    diagnostics.stop()
    for (const { variable } of VARIABLES) delete process.env[variable]
    Object.assign(process.env, before)
  })

  for (const { variable, option, wrong, fallback, good, used, given } of VARIABLES) {
    describe(variable, () => {
      for (const text of wrong) {
        it(`"${text}" warns and is ignored`, () => {
          process.env[variable] = text
          assert.equal(queueSettings({ exporter })[option], fallback)
          const [message = '', ...others] = diagnostics.messages
          assert.deepEqual(others, [])
          assert.ok(message.includes(variable) && message.includes(`got "${text}"`), message)
        })
      }

      for (const text of ['', '  ']) {
        it(`"${text}" is as good as none`, () => {
          process.env[variable] = text
          assert.equal(queueSettings({ exporter })[option], fallback)
          assert.deepEqual(diagnostics.messages, [])
        })
      }

      it(`"${good}" is used`, () => {
        process.env[variable] = good
        assert.equal(queueSettings({ exporter })[option], used)
        assert.deepEqual(diagnostics.messages, [])
      })

      it('gives way to the option, unread', () => {
        process.env[variable] = wrong[0]
        const { mode: _, ...settings } = given
        const options = option === 'mode' ? { mode: 'dropping' as const } : settings
        assert.equal(queueSettings({ exporter, ...options })[option], given[option])
        assert.deepEqual(diagnostics.messages, [])
      })
    })
  }

  it('OTEL_SLUICE_MODE=blocking warns and is ignored with an exporter that cannot be waited for', () => {
    process.env.OTEL_SLUICE_MODE = 'blocking'
    assert.equal(queueSettings({ exporter }).mode, 'dropping')
    assert.match(
      diagnostics.messages.join(),
      /OTEL_SLUICE_MODE is "blocking", but .*exportSync.*default is used/,
    )
  })

  it('OTEL_SLUICE_MODE=sliding warns and is ignored with a reserve', () => {
    process.env.OTEL_SLUICE_MODE = 'sliding'
    const reserve = { minSeverity: 17, fraction: 0.5 }
    assert.equal(queueSettings({ exporter, reserve }).mode, 'dropping')
    assert.match(diagnostics.messages.join(), /OTEL_SLUICE_MODE is "sliding", but reserve .*default is used/)
  })

  it('none of them touches a synchronous processor', async () => {
    process.env.OTEL_SLUICE_MODE = 'sliding'
    process.env.OTEL_BLRP_MAX_QUEUE_SIZE = '7'
    process.env.OTEL_BLRP_MAX_EXPORT_BATCH_SIZE = '7'
    const processor = new SyncLogRecordProcessor({ exporter, metrics: false })
    const { mode, capacity } = processor.stats()
    assert.deepEqual({ mode, capacity }, { mode: 'sync', capacity: 1 })
    assert.deepEqual(diagnostics.messages, [])
    await processor.shutdown()
  })
})
