import assert from 'node:assert/strict'
import { diag } from '@opentelemetry/api'
import fc from 'fast-check'
import { createTelemetry, type Telemetry } from 'otel-sluice'
import { hostile, observed } from '../support/observed-telemetry.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'

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
        const { log, event, error, signal } = telemetry
        // The calls catch what is thrown in them, so what is evaluated counts instead.
        let evaluated = 0
        const message = () => String(evaluated++)
        const data = {
          get value() {
            return evaluated++
          },
        }
        log('info', message, data)
        log('info', message, () => ({ value: evaluated++ }))
        log.error(message, data)
        log({ level: 'warn', message, data, when: () => evaluated++ > 0 })
        signal({ level: 'warn', message, data })
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
    const { log, event, error, signal, trace, spy, catchToError, isEnabled, setEnabled } = createTelemetry({
      loggerProvider,
    })
    setEnabled(false)
    log('report', 'message')
    log.report('message')
    log({ level: 'report' })
    event('report', 'id')
    error('thrown')
    signal({ level: 'report' })
    trace('id', () => 1)
    spy('report', () => 1)
    catchToError('id', () => assert.fail('thrown'))
    assert.equal(isEnabled('report'), false)
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
      const { log, event, error, logger, signal } = telemetry
      const functions: ((...args: never[]) => void)[] = [
        log,
        log.info,
        event,
        error,
        signal,
        logger('ns').log,
      ]
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

    it('a data function that throws leaves an attribute that says so', () => {
      const { telemetry, signals } = observed()
      const data = () => {
        throw new TypeError('not this')
      }
      telemetry.log('info', 'kept', data)
      assert.deepEqual(
        signals.map(({ message, data }) => [message, data]),
        [['kept', { data: '[the data function threw TypeError]' }]],
      )
    })

    it('a function that returns a promise is not waited for, and its rejection harms nobody', async () => {
      const { telemetry, signals } = observed()
      const late = async () => assert.fail('later')
      const unhandled: unknown[] = []
      const listener = (reason: unknown) => void unhandled.push(reason)
      process.on('unhandledRejection', listener)
      try {
        Reflect.apply(telemetry.log, undefined, ['info', late, late])
        await new Promise((resolve) => setImmediate(resolve))
      } finally {
        process.off('unhandledRejection', listener)
      }
      assert.deepEqual(unhandled, [])
      assert.equal(signals[0]?.message, '[the message function returned a promise]')
      assert.deepEqual(signals[0].data, { data: '[the data function returned a promise]' })
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

  describe('with functions for message and data', () => {
    it('evaluate each once, whatever number of handlers there is', () => {
      const { telemetry, signals } = observed()
      for (const id of ['second', 'third']) telemetry.addHandler(id, () => undefined)
      let messages = 0
      let datas = 0
      const message = () => `message ${++messages}`
      const data = () => ({ data: ++datas })
      telemetry.log('info', message, data)
      telemetry.event('id', data)
      telemetry.error('thrown', data)
      telemetry.signal({ message, data })
      assert.deepEqual(
        signals.map(({ message, data }) => [message, data.data]),
        [
          ['message 1', 1],
          [undefined, 2],
          ['thrown', 3],
          ['message 2', 4],
        ],
      )
    })

    it('that log themselves end', () => {
      const { telemetry, signals } = observed()
      const { log } = telemetry
      let evaluated = 0
      const message = () => {
        if (++evaluated > 100) throw new Error('there is no end')
        log('info', message, data)
        log('info', message, data)
        return 'message'
      }
      const data = () => {
        log.warn(message, data)
        return {
          get value() {
            log('info', message, data)
            return log.error({ toJSON: message }.toJSON)
          },
        }
      }
      log('info', message, data)
      assert.ok(evaluated < 100)
      assert.equal(signals.at(-1)?.message, 'message')
      assert.equal(signals[0]?.message, '[not evaluated: logged while another record was made]')
    })

    it('that log something else have it logged before', () => {
      const { telemetry, signals } = observed()
      const { log } = telemetry
      log('info', () => {
        log(
          'info',
          () => 'inner',
          () => ({ depth: 1 }),
        )
        return 'outer'
      })
      assert.deepEqual(
        signals.map(({ message, data }) => [message, data]),
        [
          ['inner', { depth: 1 }],
          ['outer', {}],
        ],
      )
    })
  })

  it('signal says all at once, and log does as well', () => {
    const { telemetry, signals } = observed()
    const { signal, log, logger } = telemetry
    const fields = {
      level: 'warn',
      message: 'm',
      data: { key: 1 },
      id: 'id',
      ns: 'ns',
      timestamp: 1_000,
    } as const
    signal(fields)
    log(fields)
    logger('other').signal({ ...fields, timestamp: new Date(2_000), error: new TypeError('thrown') })
    assert.deepEqual(
      signals.map(({ level, message, data, id, ns, timestamp }) => [
        level,
        message,
        [data.key, data['exception.type']],
        id,
        ns,
        timestamp,
      ]),
      [
        ['warn', 'm', [1, undefined], 'id', 'ns', 1_000],
        ['warn', 'm', [1, undefined], 'id', 'ns', 1_000],
        ['warn', 'm', [1, 'TypeError'], 'id', 'ns', 2_000],
      ],
    )
  })

  it('signal with a time that is none happened now', () => {
    const { telemetry, signals } = observed()
    const start = Date.now()
    for (const timestamp of [Number.NaN, -1, Number.POSITIVE_INFINITY, new Date(Number.NaN), 'today', null]) {
      Reflect.apply(telemetry.signal, undefined, [{ timestamp }])
    }
    assert.equal(signals.length, 6)
    for (const { timestamp } of signals) assert.ok(timestamp >= start && timestamp <= Date.now())
  })

  it('with sample tell the rate also where they have as many attributes as the SDK takes', () => {
    const { telemetry, signals } = observed()
    const data = Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`key ${i}`, i]))
    // Nearly all are kept: that none of these is, no run will see.
    for (let i = 0; i < 20; i++) telemetry.signal({ message: 'sampled', sample: 0.99, data })
    assert.ok(signals.length > 0)
    for (const { sample } of signals) assert.equal(sample, 0.99)
  })

  it('with sample, when and limit are narrowed by them, and nothing is evaluated of those held back', () => {
    const { telemetry, signals } = observed()
    const { signal, log } = telemetry
    let evaluated = 0
    const message = () => String(++evaluated)
    signal({ message, sample: 0 })
    log({ message, when: () => false })
    for (let i = 0; i < 5; i++) signal({ message, id: 'limited', limit: [[2, 60_000]] })
    log({ message, sample: 1, when: () => true })
    assert.deepEqual(
      signals.map(({ message }) => message),
      ['1', '2', '3'],
    )
  })

  it('with an event name or a scope that is filtered out log nothing, and say so', () => {
    const { telemetry, signals } = observed()
    const { setIdFilter, setNsFilter, trace, catchToError, signal, isEnabled, logger } = telemetry
    setIdFilter({ disallow: 'hidden' })
    setNsFilter({ disallow: 'hidden.*' })
    assert.equal(
      trace('hidden', () => 17),
      17,
    )
    assert.equal(
      catchToError('hidden', () => assert.fail('thrown'), 17),
      17,
    )
    signal({ id: 'hidden' })
    signal({ ns: 'hidden.scope' })
    logger('hidden.scope').spy('fatal', () => 17)
    assert.deepEqual(signals, [])
    assert.deepEqual(
      [isEnabled('fatal', 'hidden'), logger('hidden.scope').isEnabled('fatal'), isEnabled('fatal', 'seen')],
      [false, false, true],
    )
  })

  it('say whether a record is wanted', () => {
    const { telemetry } = observed({ minLevel: 'warn' })
    const { isEnabled, logger, setEnabled, clearHandlers } = telemetry
    const scoped = logger('ns').isEnabled
    const answers = () => [
      isEnabled(),
      isEnabled('info'),
      isEnabled('warn'),
      scoped('fatal', 'id'),
      scoped(8),
    ]
    assert.deepEqual(answers(), [true, false, true, true, false])
    setEnabled(false)
    assert.deepEqual(answers(), [false, false, false, false, false])
    setEnabled(true)
    void clearHandlers()
    assert.deepEqual(answers(), [true, false, false, false, false])
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
