import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { ROOT_CONTEXT } from '@opentelemetry/api'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import {
  createTelemetry,
  type EmittedLogRecord,
  type HandlerOptions,
  type Level,
  type NameFilter,
  type Telemetry,
  type TelemetryOptions,
} from 'otel-sluice'
import { rankOf, severityOf } from '#src/facade/level.js'
import { nameFilterOption } from '#src/facade/name-filter.js'

describe('the filters of a telemetry', () => {
  function observed(options: TelemetryOptions = {}, handler: HandlerOptions = {}) {
    const telemetry = createTelemetry(options)
    const seen: unknown[] = []
    telemetry.addHandler('observer', ({ message, id }) => void seen.push(message ?? id), handler)
    return { telemetry, seen }
  }

  /** A provider that says what reaches it: no handler's filter can have stopped what does not. */
  function counting() {
    const reached: unknown[] = []
    const emit = ({ body, eventName }: EmittedLogRecord) => void reached.push(body ?? eventName)
    return { reached, loggerProvider: { getLogger: () => ({ emit }) } }
  }

  /** Makes every kind of call in a scope, each with something of its own to tell it by. */
  function callAll(telemetry: Telemetry, ns: string): void {
    const { log, event, error } = telemetry.logger(ns)
    log('warn', 'log')
    log.warn('log.warn')
    log({ level: 'warn', message: 'fields' })
    log({ level: 'warn', message: 'fields with an id', id: 'order.placed' })
    event('warn', 'order.placed')
    error('error')
    telemetry.log({ level: 'warn', ns, message: 'fields with a scope' })
  }
  const WITHOUT_ID = ['log', 'log.warn', 'fields', 'error', 'fields with a scope']
  const WITH_ID = ['fields with an id', 'order.placed']
  const ALL = [...WITHOUT_ID, ...WITH_ID].sort()

  const cases: [string, (telemetry: Telemetry) => void, readonly string[]][] = [
    ['none', () => {}, ALL],
    ['disabled', ({ setEnabled }) => setEnabled(false), []],
    ['a minimum level above', ({ setMinLevel }) => setMinLevel('fatal'), []],
    ['a minimum level between', ({ setMinLevel }) => setMinLevel('error'), ['error']],
    ['a minimum level of the scope', ({ setMinLevel }) => setMinLevel('app.*', 'error'), ['error']],
    ['a minimum level of another scope', ({ setMinLevel }) => setMinLevel('lib', 'error'), ALL],
    [
      'a lower level for the scope',
      ({ setMinLevel }) => {
        setMinLevel('app.*', 'debug')
        setMinLevel('fatal')
      },
      ALL,
    ],
    ['the scope allowed', ({ setNsFilter }) => setNsFilter('app.*'), ALL],
    ['another scope allowed', ({ setNsFilter }) => setNsFilter(['lib', 'appXdb']), []],
    ['the scope disallowed', ({ setNsFilter }) => setNsFilter({ disallow: /db$/ }), []],
    ['another scope disallowed', ({ setNsFilter }) => setNsFilter({ disallow: 'lib' }), ALL],
    ['the event name allowed', ({ setIdFilter }) => setIdFilter('order.*'), WITH_ID],
    ['the event name disallowed', ({ setIdFilter }) => setIdFilter({ disallow: 'order.*' }), WITHOUT_ID],
    ['no event name disallowed', ({ setIdFilter }) => setIdFilter({ disallow: '' }), WITH_ID],
    [
      'filters that were taken away again',
      ({ setNsFilter, setIdFilter, setMinLevel, clearFilters }) => {
        setMinLevel('app.*', 'fatal')
        setMinLevel('fatal')
        setNsFilter('lib')
        setIdFilter('lib')
        clearFilters()
      },
      ALL,
    ],
    [
      'filters that were set to none',
      ({ setNsFilter, setIdFilter }) => {
        setNsFilter('lib')
        setIdFilter('lib')
        setNsFilter(undefined)
        setIdFilter(undefined)
      },
      ALL,
    ],
  ]

  for (const [name, set, expected] of cases) {
    it(`${name}: hold for every kind of call, of loggers made before and after`, () => {
      const { telemetry, seen } = observed()
      // The logger's gate has looked at the filters as they were before.
      const before = telemetry.logger('app.db')
      before.log('trace', 'not wanted')
      set(telemetry)
      callAll(telemetry, 'app.db')
      deepStrictEqual([...seen].sort(), [...expected].sort())
      const count = seen.length
      before.log('warn', 'log')
      strictEqual(seen.length - count, expected.includes('log') ? 1 : 0)
    })

    it(`${name}: stop calls before anything is made of them`, () => {
      const { reached, loggerProvider } = counting()
      const telemetry = createTelemetry({ loggerProvider })
      callAll(telemetry, 'app.db')
      reached.length = 0
      set(telemetry)
      callAll(telemetry, 'app.db')
      deepStrictEqual([...reached].sort(), [...expected].sort())
    })
  }

  it('that become wider hold for loggers that were stopped before', () => {
    const { telemetry, seen } = observed({
      enabled: false,
      minLevel: 'fatal',
      nsFilter: 'lib',
      idFilter: 'x',
    })
    const { log } = telemetry.logger('app')
    log('warn', 'disabled')
    telemetry.setEnabled(true)
    log('warn', 'of another scope')
    telemetry.setNsFilter('app')
    log('warn', 'below the level')
    telemetry.setMinLevel('app', 'warn')
    log('warn', 'without an id')
    telemetry.setIdFilter(undefined)
    log('warn', 'wanted')
    deepStrictEqual(seen, ['wanted'])
  })

  it('hold while telemetry is disabled: what was set meanwhile counts when it is enabled', () => {
    const { telemetry, seen } = observed({ enabled: false })
    telemetry.setMinLevel('error')
    telemetry.setNsFilter('app.*')
    strictEqual(telemetry.isEnabled(), false)
    telemetry.setEnabled(true)
    callAll(telemetry, 'lib')
    callAll(telemetry, 'app.db')
    deepStrictEqual(seen, ['error'])
  })

  it('are told as they are, and can be set from what is told', () => {
    const { telemetry } = observed({ minLevel: [['lib', 'warn']], nsFilter: 'app.*' })
    telemetry.setMinLevel('app.*', 'debug')
    telemetry.setMinLevel('lib', 'error')
    telemetry.setIdFilter({ disallow: new Set([/x/]) })
    const filters = telemetry.getFilters()
    deepStrictEqual(filters, {
      minLevel: 'info',
      nsLevels: [
        ['lib', 'error'],
        ['app.*', 'debug'],
      ],
      ns: { allow: ['app.*'] },
      id: { disallow: [/x/] },
    })
    const again = createTelemetry({ minLevel: filters.nsLevels })
    again.setNsFilter(filters.ns)
    again.setIdFilter(filters.id)
    deepStrictEqual(again.getFilters(), filters)
    telemetry.clearFilters()
    deepStrictEqual(telemetry.getFilters(), { minLevel: 'info', nsLevels: [] })
  })

  it('of a handler are told, and can be given again', () => {
    const when = () => true
    const given = { minLevel: 'warn', ns: { disallow: ['x'] }, sample: 0.5, limit: [[1, 2]], when } as const
    const { telemetry } = observed({}, given)
    const { observer } = telemetry.getHandlers()
    deepStrictEqual(observer, { enabled: true, async: false, ...given })
    telemetry.addHandler('again', () => {}, observer)
    deepStrictEqual(telemetry.getHandlers().again, observer)
  })

  it('of a handler narrow what it gets, and nothing else; what it does not get is counted apart from drops', () => {
    const telemetry = createTelemetry({ minLevel: 'info' })
    const [errors, all]: unknown[][] = [[], []]
    telemetry.addHandler('errors', ({ message }) => void errors?.push(message), {
      minLevel: [['app', 'error']],
      limit: [[1, 60_000]],
    })
    telemetry.addHandler('all', ({ message }) => void all?.push(message), { minLevel: 'trace' })
    const { log } = telemetry.logger('app')
    log.debug('below the global level')
    log.info('info')
    log.error('first')
    log.error('second')
    deepStrictEqual([errors, all], [['first'], ['info', 'first', 'second']])
    const { errors: stats } = telemetry.getHandlerStats()
    deepStrictEqual(
      [stats?.queued, stats?.dropped, stats?.filtered, stats?.sampled, stats?.rateLimited],
      [1, 0, 1, 0, 1],
    )
  })

  it('evaluate no message that no handler wants', () => {
    const { telemetry } = observed({}, { minLevel: 'error', id: 'order.*' })
    let evaluated = 0
    const message = () => String(evaluated++)
    telemetry.log('info', message)
    telemetry.log({ level: 'error', message })
    telemetry.log({ level: 'info', id: 'order.placed', message })
    strictEqual(evaluated, 0)
    telemetry.log({ level: 'error', id: 'order.placed', message })
    strictEqual(evaluated, 1)
  })

  it('a report passes every minimum level, global or of a handler, though its severity number is that of an info', () => {
    const { telemetry, seen } = observed({ minLevel: 24 }, { minLevel: 'fatal' })
    telemetry.log('report', 'report')
    telemetry.log(12, 'INFO4')
    deepStrictEqual(seen, ['report'])
  })

  describe('and the processor say the same:', () => {
    const name = fc.constantFrom('app', 'app.db', 'lib')
    const filter: fc.Arbitrary<NameFilter> = fc.constantFrom('app*', 'lib', { disallow: 'app.db' }, /b$/g)
    const level: fc.Arbitrary<Level> = fc.constantFrom<Level[]>('info', 'warn', 12, 17, 'fatal', 'report')
    const options = fc.record({ minLevel: level, ns: filter, id: filter }, { requiredKeys: [] })

    it('a record is wanted if and only if a handler gets it, through the facade and through any other logger', () => {
      fc.assert(
        fc.property(
          options,
          fc.array(options, { maxLength: 3 }),
          level,
          name,
          name,
          (own, handlers, level, ns, id) => {
            const telemetry = createTelemetry({ minLevel: 'trace' })
            if (own.minLevel !== undefined) telemetry.setMinLevel(own.minLevel)
            telemetry.setNsFilter(own.ns)
            telemetry.setIdFilter(own.id)
            let got = 0
            for (const [index, handler] of handlers.entries()) {
              telemetry.addHandler(String(index), () => void got++, handler)
            }
            const { severityNumber, severityText } = severityOf(level)
            const passes = ({ minLevel, ns: nsFilter, id: idFilter }: typeof own) =>
              (minLevel === undefined || rankOf(level) >= rankOf(minLevel)) &&
              (nsFilter === undefined || nameFilterOption(nsFilter, 'ns').allows(ns)) &&
              (idFilter === undefined || nameFilterOption(idFilter, 'id').allows(id))
            const expected = passes(own) ? handlers.filter(passes).length : 0

            telemetry.logger(ns).log({ level, id })
            strictEqual(got, expected, 'through the facade')
            const logger = new LoggerProvider({ processors: [telemetry.processor] }).getLogger(ns)
            const record = {
              severityNumber,
              eventName: id,
              ...(severityText !== undefined && { severityText }),
            }
            logger.emit(record)
            strictEqual(got, 2 * expected, 'through another logger')
            const wanted = telemetry.processor.enabled?.({
              context: ROOT_CONTEXT,
              instrumentationScope: { name: ns },
              severityNumber,
              eventName: id,
            })
            // Of INFO4 it cannot be told that it is no report.
            if (level !== 12) strictEqual(wanted, expected > 0)
            else if (expected > 0) strictEqual(wanted, true)
          },
        ),
        { numRuns: 1_000 },
      )
    })

    it('asking consumes no limit, and draws no sample', () => {
      const { telemetry, seen } = observed({}, { limit: [[1, 60_000]] })
      const question = { context: ROOT_CONTEXT, instrumentationScope: { name: 'app' }, severityNumber: 9 }
      for (let i = 0; i < 3; i++) strictEqual(telemetry.processor.enabled?.(question), true)
      telemetry.log('info', 'message')
      deepStrictEqual(seen, ['message'])
      strictEqual(telemetry.processor.enabled?.(question), true, 'a limit may have room again at any time')
    })
  })
})
