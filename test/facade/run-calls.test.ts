import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { context, diag, trace as traces } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import type { Telemetry } from 'otel-sluice'
import { CallFilter } from '#src/facade/call-filter.js'
import { FailureReport } from '#src/facade/failure-report.js'
import { Filters } from '#src/facade/filters.js'
import { LevelFilter } from '#src/facade/level-filter.js'
import { LogEmitter } from '#src/facade/log-emitter.js'
import type { EmittedLogRecord } from '#src/facade/logger-provider.js'
import { LoggerSource } from '#src/facade/logger-source.js'
import { createRunCalls } from '#src/facade/run-calls.js'
import { ScopedContext } from '#src/facade/scoped-context.js'
import { ManualClock } from '../support/manual-clock.js'
import { hostile, observed } from '../support/observed-telemetry.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'

const run = promisify(execFile)

const THEN = 'then'

/** Counts how often it was awaited: a query builder runs its query then. */
class Query {
  [THEN](resolve: (rows: number) => void): void {
    this.runs++
    resolve(42)
  }

  runs = 0
}

class DerivedPromise<T> extends Promise<T> {
  cancel(): void {}
}

describe('trace and spy', () => {
  const states: [string, (telemetry: Telemetry) => void][] = [
    ['enabled', () => undefined],
    ['disabled', ({ setEnabled }) => setEnabled(false)],
    ['filtered', ({ setMinLevel }) => setMinLevel('report')],
    ['without a handler', ({ clearHandlers }) => void clearHandlers()],
  ]

  for (const [state, enter] of states) {
    for (const name of ['trace', 'spy'] as const) {
      describe(`${name}, ${state}`, () => {
        function call<T>(fn: () => T): T {
          const { telemetry } = observed()
          enter(telemetry)
          return name === 'trace' ? telemetry.trace('id', fn) : telemetry.spy('info', fn)
        }

        const thenable = new Query()
        const derived = DerivedPromise.resolve(1)
        const cancellable = Object.assign(Promise.resolve(1), { cancel: () => undefined })
        const results: [string, unknown][] = [
          ['nothing', undefined],
          ['null', null],
          ['a number', Number.NaN],
          ['an object', {}],
          ['a function', () => 1],
          ['a generator', (function* () {})()],
          ['an asynchronous generator', (async function* () {})()],
          ['an object that cannot be read', hostile()],
          ['an error', new Error('returned')],
          ['a thenable', thenable],
          ['a promise of a derived class', derived],
          ['a promise with a method of its own', cancellable],
        ]
        for (const [what, result] of results) {
          it(`passes ${what} through`, () => {
            assert.ok(
              Object.is(
                call(() => result),
                result,
              ),
            )
          })
        }

        it('does not await a thenable', () => {
          assert.equal(thenable.runs, 0)
        })

        for (const thrown of [new Error('thrown'), undefined, 'text', hostile()]) {
          it(`throws what the function throws: ${typeof thrown}`, async () => {
            const fail = () => {
              throw thrown
            }
            const isThrown = (error: unknown) => Object.is(error, thrown)
            try {
              call(fail)
              assert.fail('nothing was thrown')
            } catch (error) {
              assert.ok(isThrown(error))
            }
            const outcome = await call(async () => fail()).then(() => 'resolved', isThrown)
            assert.equal(outcome, true)
          })
        }

        it('resolves to what the promise resolves to', async () => {
          const value = {}
          const promise = call(async () => value)
          assert.ok(promise instanceof Promise)
          assert.equal(await promise, value)
        })

        it('takes a value for a function that returns it', () => {
          assert.equal(Reflect.apply(call, undefined, [() => 17]), 17)
        })
      })
    }
  }

  it('leave an unhandled rejection unhandled, and a handled one handled', async () => {
    const program = `
      import { addHandler, spy, trace } from 'otel-sluice'
      addHandler('handler', () => {})
      const seen = []
      process.on('unhandledRejection', (reason) => seen.push(reason.message))
      const fail = (message) => async () => { throw new Error(message) }
      trace('id', fail('trace, unhandled'))
      trace('id', fail('handled')).catch(() => {})
      spy('info', fail('spy, unhandled'))
      spy('info', fail('handled')).then(() => {}, () => {})
      setImmediate(() => console.log(seen.join('; ')))
    `
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    })
    assert.equal(stdout, 'trace, unhandled; spy, unhandled\n')
  })

  it('follow a promise of another realm to its end', async () => {
    const { telemetry, signals } = observed()
    const foreign = runInNewContext('Promise.resolve(17)')
    assert.equal(await telemetry.trace('id', () => foreign), 17)
    assert.equal(signals[0]?.data['sluice.run.outcome'], 'ok')
  })

  it('never throw, whatever the name or level is', () => {
    const diagnostics = recordDiagnostics()
    const { telemetry, signals } = observed({ location: 'all' })
    const { trace, spy, catchToError } = telemetry
    const weird = [undefined, null, Symbol('s'), hostile(), () => assert.fail('called'), 2n, '']
    for (const value of weird) {
      for (const call of [trace, spy, catchToError]) {
        assert.equal(Reflect.apply(call, undefined, [value, () => 17]), 17)
      }
      assert.equal(Reflect.apply(catchToError, undefined, [value, () => assert.fail('thrown')]), undefined)
    }
    assert.equal(signals.length, weird.length * 3)
    assert.deepEqual(
      diagnostics.filter((line) => line.includes('failed')),
      [],
    )
    diag.disable()
  })

  describe('log', () => {
    it('a name, or a level and the result; and the outcome', async () => {
      const { telemetry, signals } = observed()
      const { trace, spy } = telemetry
      trace('sync', () => 17)
      await trace('async', async () => 17)
      spy('warn', () => ({ key: 17 }))
      await spy('warn', async () => [17])
      spy('fatal', () => new Query())
      assert.deepEqual(
        signals.map(({ level, id, message, data }) => [
          level,
          id,
          message,
          data['sluice.run.outcome'],
          data['sluice.run.result'],
        ]),
        [
          ['info', 'sync', undefined, 'ok', undefined],
          ['info', 'async', undefined, 'ok', undefined],
          ['warn', undefined, undefined, 'ok', { key: 17 }],
          ['warn', undefined, undefined, 'ok', [17]],
          ['fatal', undefined, undefined, 'pending', undefined],
        ],
      )
    })

    it('an error as an exception, at the level that the run was to be logged at', async () => {
      const { telemetry, signals } = observed()
      const { trace, spy } = telemetry
      const fail = () => {
        throw new TypeError('thrown')
      }
      assert.throws(() => trace('id', fail))
      await assert.rejects(trace('id', async () => fail()))
      assert.throws(() => spy('debug', fail))
      assert.throws(() => spy('warn', fail))
      assert.deepEqual(
        signals.map(({ level, id, message, data }) => [
          level,
          id,
          message,
          data['sluice.run.outcome'],
          data['exception.type'],
        ]),
        [
          ['info', 'id', 'thrown', 'error', 'TypeError'],
          ['info', 'id', 'thrown', 'error', 'TypeError'],
          ['warn', undefined, 'thrown', 'error', 'TypeError'],
        ],
      )
    })

    it('how long it took, in seconds, and when it began', async () => {
      const clock = new ManualClock()
      const records: EmittedLogRecord[] = []
      const logger = { emit: (record: EmittedLogRecord) => void records.push(record) }
      const source = new LoggerSource({ getLogger: () => logger }, () => assert.fail('not needed'))
      const failures = new FailureReport('a log call', clock)
      const emitter = new LogEmitter(
        source,
        'off',
        failures,
        new ScopedContext(),
        new CallFilter(clock, failures),
      )
      const { trace, spy } = createRunCalls(
        new Filters(true, { levels: new LevelFilter('info'), ns: undefined, id: undefined }).gate('ns'),
        emitter,
        'ns',
        clock,
      )
      const before = Date.now()
      trace('sync', () => {
        clock.pass(250)
        // The time of day is not a parameter; a millisecond of it goes by.
        while (Date.now() <= before + 1);
      })
      const after = Date.now()
      const slow = spy('info', () => new Promise<void>((resolve) => clock.nextTurn(resolve)))
      clock.pass(1_500)
      await clock.turn()
      await slow
      assert.deepEqual(
        records.map(({ attributes }) => attributes?.['sluice.run.duration']),
        [0.25, 1.5],
      )
      const [first] = records
      assert.ok(Number(first?.timestamp) >= before && Number(first?.timestamp) < after)
    })
  })

  describe('inside an active span', () => {
    before(() => {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    })

    after(() => context.disable())

    it('belong to that span, also when they end after it', async () => {
      const { telemetry, signals } = observed()
      const span = new BasicTracerProvider().getTracer('test').startSpan('work')
      const { trace, spy, catchToError, log } = telemetry
      const runs = context.with(traces.setSpan(context.active(), span), () => [
        trace('async', async () => {
          await undefined
          log('info', 'within')
        }),
        spy('info', async () => undefined),
        catchToError('id', async () => assert.fail('thrown')),
      ])
      span.end()
      await Promise.all(runs)
      assert.equal(signals.length, 4)
      for (const { spanId } of signals) assert.equal(spanId, span.spanContext().spanId)
    })
  })
})

describe('catchToError', () => {
  it('passes through what does not fail', async () => {
    const { telemetry, signals } = observed()
    const { catchToError } = telemetry
    const value = {}
    assert.equal(
      catchToError('id', () => value, 'fallback'),
      value,
    )
    assert.equal(await catchToError('id', async () => value, 'fallback'), value)
    assert.equal(await catchToError('id', () => new Query()), 42)
    assert.deepEqual(signals, [])
  })

  const fallbacks: [string, unknown, unknown][] = [
    ['undefined without a fallback', undefined, undefined],
    ['the fallback', 'fallback', 'fallback'],
    ['what the fallback function makes of the error', (error: Error) => error.message, 'thrown'],
  ]
  for (const [name, fallback, expected] of fallbacks) {
    it(`returns ${name}, and logs the error`, async () => {
      const { telemetry, signals } = observed()
      const fail = () => {
        throw new RangeError('thrown')
      }
      assert.equal(telemetry.catchToError('sync', fail, fallback), expected)
      const promise = telemetry.catchToError('async', async () => fail(), fallback)
      assert.ok(promise instanceof Promise)
      assert.equal(await promise, expected)
      assert.deepEqual(
        signals.map(({ level, id, message, data }) => [level, id, message, data['exception.type']]),
        [
          ['error', 'sync', 'thrown', 'RangeError'],
          ['error', 'async', 'thrown', 'RangeError'],
        ],
      )
    })
  }

  it('catches while telemetry is disabled', () => {
    const { telemetry, signals } = observed()
    telemetry.setEnabled(false)
    assert.equal(
      telemetry.catchToError('id', () => assert.fail('thrown'), 'fallback'),
      'fallback',
    )
    assert.deepEqual(signals, [])
  })

  it('throws what the fallback function throws', () => {
    const { telemetry } = observed()
    const error = new Error('of the fallback')
    const fail = () => {
      throw error
    }
    assert.throws(
      () => telemetry.catchToError('id', () => assert.fail('thrown'), fail),
      (thrown) => thrown === error,
    )
  })
})
