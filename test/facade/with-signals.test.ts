import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { createTelemetry } from 'otel-sluice'
import { observed } from '../support/observed-telemetry.js'

describe('withSignals', () => {
  it('captures what a function logs, without any handler', () => {
    const { withSignals, log, event, trace } = createTelemetry()
    const { value, signals } = withSignals(() => {
      log('info', () => 'message', { key: 1 })
      event('id')
      trace('run', () => 1)
      return 'value'
    })
    assert.equal(value, 'value')
    assert.deepEqual(
      signals.map(({ id, message, data }) => [id, message, data.key]),
      [
        [undefined, 'message', 1],
        ['id', undefined, undefined],
        ['run', undefined, undefined],
      ],
    )
  })

  it('captures until a promise has settled, and not after', async () => {
    const { withSignals, log } = createTelemetry()
    let late: Promise<void> | undefined
    const { value, signals } = await withSignals(async () => {
      await turn()
      log('info', 'before')
      late = turn().then(() => log('info', 'after'))
      return 'value'
    })
    await late
    assert.equal(value, 'value')
    assert.deepEqual(
      signals.map(({ message }) => message),
      ['before'],
    )
  })

  it('does not let tests that run at the same time see each other', async () => {
    const { withSignals, log } = createTelemetry()
    const run = (test: number) =>
      withSignals(async () => {
        for (let i = 0; i < 10; i++) {
          if ((test + i) % 3 === 0) await turn()
          log('info', 'message', { test, i })
          await undefined
        }
      })
    const captures = await Promise.all(Array.from({ length: 20 }, (_, test) => run(test)))
    for (const [test, { signals }] of captures.entries()) {
      assert.deepEqual(
        signals.map(({ data }) => data),
        Array.from({ length: 10 }, (_, i) => ({ test, i })),
      )
    }
  })

  it('leaves handlers what they would get', () => {
    const { telemetry, signals } = observed()
    telemetry.withSignals(() => telemetry.log('info', 'message'))
    assert.equal(signals.length, 1)
  })

  it('within another captures for both', () => {
    const { withSignals, log } = createTelemetry()
    const outer = withSignals(() => {
      log('info', 'outer')
      return withSignals(() => log('info', 'inner'))
    })
    assert.deepEqual(
      [outer.signals, outer.value.signals].map((signals) => signals.map(({ message }) => message)),
      [['outer', 'inner'], ['inner']],
    )
  })

  it('captures what comes through an SDK that has the processor', () => {
    const { withSignals, processor } = createTelemetry()
    const logger = new LoggerProvider({ processors: [processor] }).getLogger('bridge')
    const { signals } = withSignals(() => logger.emit({ body: 'message' }))
    assert.deepEqual(
      signals.map(({ ns, message }) => [ns, message]),
      [['bridge', 'message']],
    )
  })

  it('captures nothing below the minimum level, nor while telemetry is disabled', () => {
    const { withSignals, log, setEnabled } = createTelemetry()
    const { signals } = withSignals(() => {
      log.debug('below')
      setEnabled(false)
      log.fatal('disabled')
    })
    assert.deepEqual(signals, [])
  })

  it('passes through what the function throws, and is over then', async () => {
    const { withSignals, isEnabled } = createTelemetry()
    const error = new Error('thrown')
    let wasEnabled: boolean | undefined
    const fail = () => {
      wasEnabled = isEnabled('info')
      throw error
    }
    const isError = (thrown: unknown) => thrown === error
    assert.throws(() => withSignals(fail), isError)
    await assert.rejects(
      withSignals(async () => fail()),
      isError,
    )
    assert.equal(wasEnabled, true)
    assert.equal(isEnabled('info'), false)
  })
})
