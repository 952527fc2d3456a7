import assert from 'node:assert/strict'
import { diag } from '@opentelemetry/api'
import fc from 'fast-check'
import { createTelemetry, type Signal, type Telemetry, type TelemetryOptions } from 'otel-sluice'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'

/** A telemetry, and the signals that come of its calls. */
function observed(options?: TelemetryOptions): { telemetry: Telemetry; signals: Signal[] } {
  const telemetry = createTelemetry(options)
  const signals: Signal[] = []
  telemetry.addHandler('observer', (signal) => {
    signals.push(signal)
  })
  return { telemetry, signals }
}

/** An object of which nothing can be read. */
function hostile(): object {
  const refuse = () => {
    throw new Error('refused')
  }
  return new Proxy(
    {},
    { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse },
  )
}

describe('the calls', () => {
  afterEach(() => diag.disable())

  describe('that are not wanted', () => {
    const unwanted: [string, (telemetry: Telemetry) => void][] = [
      ['disabled', ({ setEnabled }) => setEnabled(false)],
      ['below the minimum level', ({ setMinLevel }) => setMinLevel('report')],
      ['without a handler', ({ clearHandlers }) => void clearHandlers()],
    ]

    for (const [name, makeUnwanted] of unwanted) {
      it(`${name}: evaluate nothing, and log nothing`, () => {
        const { telemetry, signals } = observed()
        makeUnwanted(telemetry)
        const { log, event, error } = telemetry
        // The calls catch what is thrown in them, so what is evaluated counts instead.
        let evaluated = 0
        const message = () => String(evaluated++)
        const data = {
          get value() {
            return evaluated++
          },
        }
        log('info', message, data)
        log.error(message, data)
        log({ level: 'warn', message, data })
        event('id', data)
        event('fatal', 'id', data)
        error(data, data)
        assert.equal(evaluated, 0)
        assert.deepEqual(signals, [])
      })
    }
  })

  it('get no further than the first check while telemetry is disabled', () => {
    const loggerProvider = { getLogger: () => assert.fail('a logger was asked for') }
    const diagnostics = recordDiagnostics()
    const { log, event, error, setEnabled } = createTelemetry({ loggerProvider })
    setEnabled(false)
    log('report', 'message')
    log.report('message')
    log({ level: 'report' })
    event('report', 'id')
    error('thrown')
    assert.deepEqual(diagnostics, [])
  })

  describe('with something wrong', () => {
    it('never throw, and lose no record, whatever is passed', () => {
      const diagnostics = recordDiagnostics()
      const { telemetry } = observed({ location: 'all' })
      const weird: (() => unknown)[] = [
        hostile,
        () => Proxy.revocable({}, {}).proxy,
        () => Symbol('s'),
        () => () => assert.fail('thrown'),
        () => Object.create(null),
      ]
      // As functions that make it, since fast-check looks into values.
      const anything: fc.Arbitrary<() => unknown> = fc.oneof(
        fc
          .anything({ withBigInt: true, withDate: true, withMap: true, withSet: true })
          .map((value) => () => value),
        fc.constantFrom('info', 'fatal', 'report', 3).map((value) => () => value),
        fc.constantFrom(...weird),
      )
      const { log, event, error, logger } = telemetry
      const functions: ((...args: never[]) => void)[] = [log, log.info, event, error, logger('ns').log]
      fc.assert(
        fc.property(fc.constantFrom(...functions), fc.array(anything, { maxLength: 4 }), (call, args) => {
          const made = args.map((make) => make())
          assert.equal(Reflect.apply(call, undefined, made), undefined)
        }),
        { numRuns: 2_000 },
      )
      assert.deepEqual(
        diagnostics.filter((line) => line.includes('failed')),
        [],
      )
    })

    it('a level that does not exist counts as info, keeps its name, and is told once, without it', () => {
      const messages = recordDiagnostics()
      const { telemetry, signals } = observed()
      Reflect.apply(telemetry.log, undefined, ['user 17 logged in'])
      telemetry.log(25, 'out of range')
      telemetry.log(0, 'unspecified')
      assert.deepEqual(
        signals.map(({ level, severityNumber }) => [level, severityNumber]),
        [
          ['info', 9],
          ['info', 9],
          ['info', 9],
        ],
      )
      assert.equal(messages.length, 1)
      assert.match(messages[0] ?? '', /^warn: .*level that does not exist/)
      assert.doesNotMatch(messages[0] ?? '', /user 17/)
    })

    it('a message function that throws leaves a body that says so', () => {
      const { telemetry, signals } = observed()
      const message = () => {
        throw new TypeError('not this')
      }
      telemetry.log('info', message, { kept: true })
      assert.deepEqual(
        signals.map(({ message, data }) => [message, data]),
        [['[the message function threw TypeError]', { kept: true }]],
      )
    })

    it('data that cannot be read says so, and the record goes without it', () => {
      const { telemetry, signals } = observed()
      telemetry.log('info', 'message', hostile())
      telemetry.log('info', 'message', new Array(100_000).fill(0))
      assert.deepEqual(
        signals.map(({ data }) => data),
        [{ data: '[unreadable]' }, { data: '[unreadable]' }],
      )
    })

    it('fields that cannot be read leave a record that says so', () => {
      const { telemetry, signals } = observed()
      Reflect.apply(telemetry.log, undefined, [hostile()])
      assert.deepEqual(
        signals.map(({ message }) => message),
        ['[unreadable]'],
      )
    })

    it('a provider that throws is told of, and nothing reaches the caller', () => {
      const messages = recordDiagnostics()
      const loggerProvider = {
        getLogger: () => assert.fail('no logger today'),
      }
      createTelemetry({ loggerProvider }).log('info', 'message')
      assert.match(messages.join(), /^error: otel-sluice: a log call failed, last with AssertionError/)
      assert.doesNotMatch(messages.join(), /no logger today/)
    })
  })

  describe('log', () => {
    it('takes a level, a message and data, or one object', () => {
      const { telemetry, signals } = observed()
      const { log } = telemetry
      log('warn')
      log('warn', 'message')
      log('warn', 'message', { key: 1 })
      log({})
      log({ level: 'warn', message: 'message', data: { key: 1 }, id: 'id', ns: 'ns' })
      assert.deepEqual(
        signals.map(({ level, message, data, id, ns }) => [level, message, data, id, ns]),
        [
          ['warn', undefined, {}, undefined, 'otel-sluice'],
          ['warn', 'message', {}, undefined, 'otel-sluice'],
          ['warn', 'message', { key: 1 }, undefined, 'otel-sluice'],
          ['info', undefined, {}, undefined, 'otel-sluice'],
          ['warn', 'message', { key: 1 }, 'id', 'ns'],
        ],
      )
    })

    it('takes what was thrown in its object: at level error unless told otherwise', () => {
      const { telemetry, signals } = observed()
      telemetry.log({ message: 'message', error: new TypeError('thrown') })
      telemetry.log({ level: 'warn', error: 'thrown' })
      assert.deepEqual(
        signals.map(({ level, message, data }) => [level, message, data['exception.message']]),
        [
          ['error', 'message', 'thrown'],
          ['warn', 'thrown', 'thrown'],
        ],
      )
    })

    it('takes an error as data: the attributes of an exception', () => {
      const { telemetry, signals } = observed()
      telemetry.log.warn('message', new TypeError('thrown'))
      const [signal] = signals
      assert.equal(signal?.message, 'message')
      assert.equal(signal.data['exception.type'], 'TypeError')
    })

    it('puts data that has no names under the name data', () => {
      const { telemetry, signals } = observed()
      const { log } = telemetry
      log('info', 'list', ['a', 'b'])
      Reflect.apply(log, undefined, ['info', 'text', 'only'])
      log('info', 'map', new Map([['key', 1]]))
      assert.deepEqual(
        signals.map(({ data }) => data),
        [{ data: ['a', 'b'] }, { data: 'only' }, { key: 1 }],
      )
    })

    it('returns nothing', () => {
      const { telemetry } = observed()
      assert.equal(Reflect.apply(telemetry.log, undefined, ['info', 'message']), undefined)
    })
  })

  it('event takes a name, a name and data, and both with a level before', () => {
    const { telemetry, signals } = observed()
    const { event } = telemetry
    event('warn')
    event('id', { key: 1 })
    event('warn', 'id')
    event(14, 'id', { key: 1 })
    assert.deepEqual(
      signals.map(({ severityNumber, id, data }) => [severityNumber, id, data]),
      [
        [9, 'warn', {}],
        [9, 'id', { key: 1 }],
        [13, 'id', {}],
        [14, 'id', { key: 1 }],
      ],
    )
  })

  it('data is taken as it is when the call is made', () => {
    const { telemetry, signals } = observed()
    const data = { nested: { value: 'before' } }
    telemetry.log('info', 'message', data)
    data.nested.value = 'after'
    assert.deepEqual(signals[0]?.data, { nested: { value: 'before' } })
  })

  describe('the minimum level', () => {
    const cases = [
      { minLevel: 'trace', logged: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'report'] },
      { minLevel: 'error', logged: ['error', 'fatal', 'report'] },
      { minLevel: 'report', logged: ['report'] },
      { minLevel: 14, logged: ['error', 'fatal', 'report'] },
    ] as const

    for (const { minLevel, logged } of cases) {
      it(`${minLevel}: ${logged.join(', ')}`, () => {
        const { telemetry, signals } = observed({ minLevel })
        for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'report'] as const) {
          telemetry.log(level)
        }
        assert.deepEqual(
          signals.map(({ level }) => level),
          logged,
        )
      })
    }

    it('is info at first, can be changed, and stays while telemetry is disabled', () => {
      const { telemetry, signals } = observed()
      assert.equal(telemetry.getMinLevel(), 'info')
      telemetry.setEnabled(false)
      telemetry.setMinLevel('debug')
      assert.equal(telemetry.isEnabled(), false)
      telemetry.log.debug('while disabled')
      telemetry.setEnabled(true)
      telemetry.log.debug('enabled')
      telemetry.log.trace('below')
      assert.equal(telemetry.getMinLevel(), 'debug')
      assert.deepEqual(
        signals.map(({ message }) => message),
        ['enabled'],
      )
    })
  })
})
