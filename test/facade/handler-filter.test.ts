import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { diag } from '@opentelemetry/api'
import type { ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import type { HandlerFilterOptions, Signal } from 'otel-sluice'
import { FailureReport } from '#src/facade/failure-report.js'
import { HandlerFilter } from '#src/facade/handler-filter.js'
import { resolveHandlerFilter } from '#src/facade/handler-filter-options.js'
import { LEVEL_NAMES, type LevelName, rankOf, severityOf } from '#src/facade/level.js'
import { recordName } from '#src/facade/record-name.js'
import { emittedRecord } from '../processors/suites/emitted-records.js'
import { ManualClock } from '../support/manual-clock.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'

describe("a handler's filter", () => {
  let clock: ManualClock
  let reported: string[]

  beforeEach(() => {
    clock = new ManualClock()
    reported = []
    recordDiagnostics()
  })

  afterEach(() => diag.disable())

  function handlerFilter(options: HandlerFilterOptions, random = () => 0): HandlerFilter {
    const failures = new FailureReport('handler "tested"', clock, (line) => void reported.push(line))
    return new HandlerFilter(resolveHandlerFilter(options), failures, clock, random)
  }

  function record(level: LevelName, ns: string, id?: string): ReadWriteLogRecord {
    return emittedRecord({
      ...severityFields(level),
      instrumentationScope: { name: ns },
      ...(id !== undefined && { eventName: id }),
      attributes: { key: 'value' },
    })
  }

  function severityFields(level: LevelName) {
    const { severityNumber, severityText = '' } = severityOf(level)
    return { severityNumber, severityText }
  }

  const admit = (filter: HandlerFilter, record: ReadWriteLogRecord) =>
    filter.admit(record, recordName(record))

  it('without options hands every record on as it is', () => {
    const filter = handlerFilter({}, () => {
      throw new Error('no random number is needed')
    })
    const given = record('trace', 'app')
    strictEqual(admit(filter, given), given)
    deepStrictEqual(filter.counts(), { filtered: 0, sampled: 0, rateLimited: 0 })
  })

  it('samples with a rate that multiplies with that of the call, and tells the product', () => {
    const seen: Signal[] = []
    const filter = handlerFilter({ sample: 0.5, when: (signal) => seen.push(signal) > 0 }, () => 0.49)
    const sampledCall = record('info', 'app').setAttribute('sluice.sample_rate', 0.1)
    const admitted = admit(filter, sampledCall)
    deepStrictEqual(admitted?.attributes, { key: 'value', 'sluice.sample_rate': 0.05 })
    deepStrictEqual(
      sampledCall.attributes,
      { key: 'value', 'sluice.sample_rate': 0.1 },
      'shared, and unchanged',
    )
    deepStrictEqual(admit(filter, record('info', 'app'))?.attributes['sluice.sample_rate'], 0.5)
    deepStrictEqual(
      seen.map(({ sample }) => sample),
      [0.05, 0.5],
    )
  })

  it('samples about as many as its rate says', () => {
    const filter = handlerFilter({ sample: 0.25 }, Math.random)
    const given = record('info', 'app')
    let admitted = 0
    for (let i = 0; i < 40_000; i++) if (admit(filter, given) !== undefined) admitted++
    // Ten standard deviations to either side.
    strictEqual(Math.abs(admitted - 10_000) < 10 * Math.sqrt(40_000 * 0.25 * 0.75), true, String(admitted))
    strictEqual(filter.counts().sampled, 40_000 - admitted)
  })

  /** What nobody writes in TypeScript. */
  const untyped = (options: object): HandlerFilterOptions => options
  const failing: [string, HandlerFilterOptions][] = [
    ['when throws', { when: () => refuse() }],
    ['when returns a promise', untyped({ when: () => Promise.reject(new Error('late')) })],
    ['transform throws', { transform: () => refuse() }],
    ['transform returns nothing', untyped({ transform: () => undefined })],
    ['transform returns a promise', untyped({ transform: () => Promise.reject(new Error('late')) })],
  ]
  for (const [what, options] of failing) {
    it(`${what}: the record is lost to this handler, counted, and told once without what the error says`, () => {
      const filter = handlerFilter(options)
      strictEqual(admit(filter, record('info', 'app')), undefined)
      strictEqual(admit(filter, record('info', 'app')), undefined)
      strictEqual(filter.failed, 2)
      deepStrictEqual(filter.counts(), { filtered: 0, sampled: 0, rateLimited: 0 })
      strictEqual(reported.length, 1)
      strictEqual(reported.join().includes('secret'), false)
    })
  }

  it('does not count a record for its limit that when refuses', () => {
    const filter = handlerFilter({ limit: [[1, 1_000]], when: ({ level }) => level === 'error' })
    const admitted = (['info', 'info', 'error', 'error'] as const).map(
      (level) => admit(filter, record(level, 'app')) !== undefined,
    )
    deepStrictEqual(admitted, [false, false, true, false])
    deepStrictEqual(filter.counts(), { filtered: 2, sampled: 0, rateLimited: 1 })
  })

  it('wants, without lots or counts, what it may let through', () => {
    const filter = handlerFilter(
      { minLevel: 'warn', ns: 'app', id: '*.done', sample: 0.1, limit: [[1, 1_000]] },
      () => 1,
    )
    const wants = (level: LevelName, ns: string, id: string) =>
      filter.wants(recordName(record(level, ns, id)))
    for (let i = 0; i < 3; i++) strictEqual(wants('warn', 'app', 'a.done'), true)
    deepStrictEqual(
      [wants('info', 'app', 'a.done'), wants('warn', 'lib', 'a.done'), wants('warn', 'app', 'a.begun')],
      [false, false, false],
    )
    strictEqual(handlerFilter({ sample: 0 }).wants(recordName(record('report', 'app'))), false)
    deepStrictEqual(filter.counts(), { filtered: 0, sampled: 0, rateLimited: 0 })
  })

  describe('asks in this order: level, scope, event name, sample, when, limit, transform', () => {
    const step = fc.record({
      level: fc.constantFrom(...LEVEL_NAMES),
      ns: fc.constantFrom('app', 'app.db', 'lib'),
      id: fc.constantFrom(undefined, 'order.placed', 'order.paid'),
      draw: fc.double({ min: 0, max: 0.999, noNaN: true }),
      when: fc.constantFrom<Answer>(true, true, false, 'throws'),
      transform: fc.constantFrom<Answer>(true, true, false, 'throws'),
      pause: fc.integer({ min: 0, max: 30 }),
    })
    const options = fc.record(
      {
        minLevel: fc.oneof(
          fc.constantFrom(...LEVEL_NAMES),
          fc.array(fc.tuple(fc.constantFrom('app.*', 'app', '*'), fc.constantFrom(...LEVEL_NAMES))),
        ),
        ns: fc.constantFrom('app*', 'lib', { disallow: 'app.db' }),
        id: fc.constantFrom('order.*', { disallow: 'order.paid' }, { allow: ['', 'order.paid'] }),
        sample: fc.constantFrom(0, 0.3, 0.7, 1),
        limit: fc.constantFrom(
          [[2, 50]] as const,
          [
            [1, 10],
            [3, 100],
          ] as const,
        ),
        hasWhen: fc.constant(true),
        hasTransform: fc.constant(true),
      },
      { requiredKeys: [] },
    )

    it('as the naive model does, with the same counts', () => {
      fc.assert(
        fc.property(
          options,
          fc.array(step, { maxLength: 30 }),
          ({ hasWhen = false, hasTransform = false, ...names }, steps) => {
            let current = steps[0]
            const answer = (value: Answer | undefined) => (value === 'throws' ? refuse() : value === true)
            const filter = handlerFilter(
              {
                ...names,
                ...(hasWhen && { when: () => answer(current?.when) }),
                ...(hasTransform && {
                  transform: (signal: Signal) => (answer(current?.transform) ? signal : null),
                }),
              },
              () => current?.draw ?? 0,
            )
            const model = new Model(names.limit ?? [])
            for (current of steps) {
              clock.pass(current.pause)
              const expected = model.admits(current, { ...names, hasWhen, hasTransform }, clock.now())
              strictEqual(
                admit(filter, record(current.level, current.ns, current.id)) !== undefined,
                expected,
              )
            }
            deepStrictEqual({ ...filter.counts(), failed: filter.failed }, model.counts)
          },
        ),
        { numRuns: 3_000 },
      )
    })
  })
})

function refuse(): never {
  throw new RangeError('a secret')
}

type Answer = boolean | 'throws'

interface Step {
  readonly level: LevelName
  readonly ns: string
  readonly id: string | undefined
  readonly draw: number
  readonly when: Answer
  readonly transform: Answer
}

interface Names {
  readonly minLevel?: LevelName | (readonly [string, LevelName])[]
  readonly ns?: string | { disallow: string }
  readonly id?: string | { disallow: string } | { allow: string[] }
  readonly sample?: number
  readonly hasWhen: boolean
  readonly hasTransform: boolean
}

/** What the filter should do, in one place and as plainly as can be. */
class Model {
  readonly counts = { filtered: 0, sampled: 0, rateLimited: 0, failed: 0 }
  readonly #windows: { readonly records: number; readonly millis: number; times: number[] }[]

  constructor(limit: readonly (readonly [number, number])[]) {
    this.#windows = limit.map(([records, millis]) => ({ records, millis, times: [] }))
  }

  admits(step: Step, { minLevel, ns, id, sample = 1, hasWhen, hasTransform }: Names, now: number): boolean {
    if (rankOf(step.level) < lowest(minLevel, step.ns)) return this.#no('filtered')
    if (ns === 'app*' && !step.ns.startsWith('app')) return this.#no('filtered')
    if (ns === 'lib' && step.ns !== 'lib') return this.#no('filtered')
    if (typeof ns === 'object' && step.ns === ns.disallow) return this.#no('filtered')
    if (id === 'order.*' && step.id === undefined) return this.#no('filtered')
    if (typeof id === 'object' && 'disallow' in id && step.id === id.disallow) return this.#no('filtered')
    if (typeof id === 'object' && 'allow' in id && !id.allow.includes(step.id ?? ''))
      return this.#no('filtered')
    if (step.draw >= sample) return this.#no('sampled')
    if (hasWhen && step.when === 'throws') return this.#no('failed')
    if (hasWhen && !step.when) return this.#no('filtered')
    for (const window of this.#windows) {
      if (now - (window.times[0] ?? Number.NEGATIVE_INFINITY) >= window.millis) window.times = []
    }
    if (this.#windows.some(({ times, records }) => times.length >= records)) return this.#no('rateLimited')
    for (const { times } of this.#windows) times.push(now)
    if (hasTransform && step.transform === 'throws') return this.#no('failed')
    if (hasTransform && !step.transform) return this.#no('filtered')
    return true
  }

  #no(count: keyof Model['counts']): false {
    this.counts[count]++
    return false
  }
}

function lowest(minLevel: Names['minLevel'], ns: string): number {
  if (minLevel === undefined) return 0
  if (typeof minLevel === 'string') return rankOf(minLevel)
  const matching = minLevel.find(([pattern]) =>
    pattern === '*' ? true : pattern === 'app' ? ns === 'app' : ns.startsWith('app.'),
  )
  return matching === undefined ? 0 : rankOf(matching[1])
}
