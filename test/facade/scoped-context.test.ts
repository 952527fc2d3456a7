import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { createTelemetry } from 'otel-sluice'
import { ScopedContext } from '#src/facade/scoped-context.js'
import { hostile, observed } from '../support/observed-telemetry.js'

describe('context', () => {
  it("is on each record: the call's own data win, then an inner scope, then an outer one, then the root", () => {
    const { telemetry, signals } = observed()
    const { setContext, withContext, log } = telemetry
    setContext({ root: 0, outer: 0, inner: 0, own: 0 })
    withContext({ outer: 1, inner: 1, own: 1 }, () =>
      withContext({ inner: 2, own: 2 }, () => log('info', 'message', { own: 3 })),
    )
    log('info', 'after', { own: 3 })
    assert.deepEqual(
      signals.map(({ data }) => data),
      [
        { root: 0, outer: 1, inner: 2, own: 3 },
        { root: 0, outer: 0, inner: 0, own: 3 },
      ],
    )
  })

  it('is on the records of all calls and loggers', async () => {
    const { telemetry, signals } = observed()
    const { withContext, log, event, error, signal, trace, spy, catchToError, logger } = telemetry
    await withContext({ request: 17 }, async () => {
      log('info', 'message')
      event('id')
      error('thrown')
      signal({})
      logger('ns').log('info', 'message')
      spy('info', () => 1)
      catchToError('id', () => assert.fail('thrown'))
      await trace('id', () => turn())
    })
    assert.equal(signals.length, 8)
    for (const { data } of signals) assert.equal(data.request, 17)
  })

  it('set within a scope is set for everybody, and the scope wins', () => {
    const { telemetry, signals } = observed()
    const { setContext, withContext, log } = telemetry
    withContext({ key: 'scope' }, () => {
      setContext({ key: 'root', more: 1 })
      log('info', 'inside')
    })
    log('info', 'outside')
    setContext(undefined)
    log('info', 'without')
    assert.deepEqual(
      signals.map(({ data }) => data),
      [{ key: 'scope', more: 1 }, { key: 'root', more: 1 }, {}],
    )
  })

  it('follows asynchronous work, and does not leak between requests that run at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(3), { maxLength: 6 }), { maxLength: 20 }),
        async (requests) => {
          const { telemetry, signals } = observed()
          const { withContext, log } = telemetry
          await Promise.all(
            requests.map((steps, request) =>
              withContext({ request, step: -1 }, async () => {
                for (const [step, turns] of steps.entries()) {
                  for (let i = 0; i < turns; i++) await (i % 2 === 0 ? turn() : undefined)
                  await withContext({ step }, async () => {
                    await undefined
                    log('info', 'in step', { expected: [request, step] })
                  })
                  log('info', 'between', { expected: [request, -1] })
                }
              }),
            ),
          )
          log('info', 'outside', { expected: [undefined, undefined] })
          assert.equal(signals.length, requests.flat().length * 2 + 1)
          for (const { data } of signals) assert.deepEqual([data.request, data.step], data.expected)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('is as it was when it was given', () => {
    const { telemetry, signals } = observed()
    const data = { nested: { value: 'before' } }
    telemetry.withContext(data, () => {
      data.nested.value = 'after'
      telemetry.log('info', 'message')
    })
    telemetry.setContext(data)
    data.nested.value = 'later'
    telemetry.log('info', 'message')
    assert.deepEqual(
      signals.map((signal) => signal.data),
      [{ nested: { value: 'before' } }, { nested: { value: 'after' } }],
    )
  })

  it('belongs to one telemetry, and to calls of the facade', () => {
    const { telemetry, signals } = observed()
    const other = observed()
    const provider = new LoggerProvider({ processors: [telemetry.processor] })
    telemetry.setContext({ root: 1 })
    telemetry.withContext({ scope: 1 }, () => {
      other.telemetry.log('info', 'of another telemetry')
      provider.getLogger('bridge').emit({ body: 'of the SDK' })
    })
    assert.deepEqual(other.signals[0]?.data, {})
    assert.deepEqual(signals[0]?.data, {})
  })

  it('passes through what the function returns and throws', () => {
    const { withContext } = createTelemetry()
    const result = Promise.resolve()
    const error = new Error('thrown')
    assert.equal(
      withContext({}, () => result),
      result,
    )
    assert.throws(
      () =>
        withContext({}, () => {
          throw error
        }),
      (thrown) => thrown === error,
    )
  })

  it('is what a limit on attributes cuts, before the data of the call', () => {
    const { telemetry, signals } = observed({ logRecordLimits: { attributeCountLimit: 2 } })
    telemetry.setContext({ root: 0 })
    telemetry.withContext({ scope: 1 }, () => telemetry.log('info', 'message', { own: 2 }))
    assert.deepEqual(signals[0]?.data, { own: 2, scope: 1 })
  })

  it('may have any name', () => {
    const context = new ScopedContext()
    const attributes = { toString: 3 }
    context.setRoot(JSON.parse('{ "__proto__": 1, "constructor": 2 }'))
    context.addTo(attributes)
    assert.deepEqual(Object.entries(attributes), [
      ['toString', 3],
      ['__proto__', 1],
      ['constructor', 2],
    ])
  })

  it('that cannot be read says so', () => {
    const { telemetry, signals } = observed()
    telemetry.setContext(hostile())
    telemetry.withContext(
      Object.defineProperty({}, 'key', { get: () => assert.fail(), enumerable: true }),
      () => telemetry.log('info', 'message'),
    )
    assert.deepEqual(signals[0]?.data, { data: '[unreadable]', key: '[unreadable]' })
  })

  it('is not looked up before there was a first scope', () => {
    const { telemetry } = observed()
    const { getStore } = AsyncLocalStorage.prototype
    // The processors look for the export scope.
    const lookedInto = new Set<AsyncLocalStorage<unknown>>()
    AsyncLocalStorage.prototype.getStore = function (this: AsyncLocalStorage<unknown>) {
      lookedInto.add(this)
      return getStore.call(this)
    }
    try {
      telemetry.log('info', 'message')
      const others = lookedInto.size
      telemetry.setContext({ key: 1 })
      telemetry.log('info', 'message')
      assert.equal(lookedInto.size, others)
      telemetry.withContext({}, () => telemetry.log('info', 'message'))
      assert.equal(lookedInto.size, others + 1)
    } finally {
      AsyncLocalStorage.prototype.getStore = getStore
    }
  })
})
