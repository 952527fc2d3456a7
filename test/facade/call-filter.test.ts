import { deepStrictEqual, match, strictEqual } from 'node:assert/strict'
import { diag } from '@opentelemetry/api'
import { CallFilter, type CallFilterOptions } from '#src/facade/call-filter.js'
import { FailureReport } from '#src/facade/failure-report.js'
import { ManualClock } from '../support/manual-clock.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'

describe("the filters of a call's own", () => {
  const CALL = { ns: 'shop', id: 'order.placed' }
  let clock: ManualClock
  let reported: string[]

  beforeEach(() => {
    clock = new ManualClock()
    reported = []
  })

  afterEach(() => diag.disable())

  function callFilter(random = () => 0.5): CallFilter {
    return new CallFilter(
      clock,
      new FailureReport('a log call', clock, (line) => void reported.push(line)),
      random,
    )
  }

  it('let every call through that has none', () => {
    const noRandom = () => {
      throw new Error('no random number is needed')
    }
    strictEqual(callFilter(noRandom).admit(CALL, {}), 1)
  })

  it('answer with the rate, so that the record can tell what it stands for', () => {
    strictEqual(callFilter(() => 0.24).admit(CALL, { sample: 0.25 }), 0.25)
    strictEqual(callFilter(() => 0.25).admit(CALL, { sample: 0.25 }), undefined)
    strictEqual(callFilter(() => 0).admit(CALL, { sample: 0 }), undefined)
  })

  it('are asked in this order: sample, when, limit; what one refuses, the next one never sees', () => {
    let asked = 0
    const when = () => ++asked > 1
    const draws = [0.9, 0.1, 0.1, 0.1]
    const filter = callFilter(() => draws.shift() ?? 1)
    const options: CallFilterOptions = { sample: 0.5, when, limit: [[1, 1_000]] }
    strictEqual(filter.admit(CALL, options), undefined, 'not sampled')
    strictEqual(asked, 0)
    strictEqual(filter.admit(CALL, options), undefined, 'not when')
    strictEqual(filter.admit(CALL, options), 0.5, 'the limit has not counted yet')
    strictEqual(filter.admit(CALL, options), undefined, 'the limit')
    strictEqual(asked, 3)
  })

  it('take true and false for when', () => {
    strictEqual(callFilter().admit(CALL, { when: true }), 1)
    strictEqual(callFilter().admit(CALL, { when: false }), undefined)
  })

  it('count calls of the same ns, id and limit together, and others apart', () => {
    const filter = callFilter()
    const taken = (ns: string, id: unknown, records: number) =>
      filter.admit({ ns, id }, { limit: [[records, 1_000]] }) !== undefined
    deepStrictEqual(
      [taken('a', 'x', 1), taken('a', 'x', 1), taken('b', 'x', 1), taken('a', 'y', 1), taken('a', 'x', 2)],
      [true, false, true, true, true],
    )
    clock.pass(1_000)
    strictEqual(taken('a', 'x', 1), true)
  })

  it('keep a bounded number of limits: the one that was not used for longest is forgotten', () => {
    const filter = callFilter()
    const taken = (id: string) => filter.admit({ ns: 'a', id }, { limit: [[1, 1_000]] }) !== undefined
    for (let i = 0; i < 1_024; i++) taken(String(i))
    strictEqual(taken('0'), false, 'kept, and used again')
    strictEqual(taken('one more'), true)
    deepStrictEqual([taken('0'), taken('1')], [false, true])
  })

  const failing: [string, () => unknown, kind: string][] = [
    [
      'throws',
      () => {
        throw new RangeError('a secret')
      },
      'RangeError',
    ],
    ['returns a promise', () => Promise.reject(new Error('a secret')), 'TypeError'],
  ]
  for (const [what, when, kind] of failing) {
    it(`a when that ${what}: the call is not logged, and that is told without what it says`, () => {
      recordDiagnostics()
      const filter = callFilter()
      strictEqual(Reflect.apply(filter.admit, filter, [CALL, { when }]), undefined)
      deepStrictEqual(reported, [`otel-sluice: a log call failed, last with ${kind}\n`])
    })
  }

  const wrong: [string, unknown][] = [
    ['sample', 2],
    ['sample', '0.5'],
    ['sample', null],
    ['when', 1],
    ['limit', 5],
    ['limit', []],
    ['limit', [[0, 1]]],
    ['limit', [[1, 1, 1]]],
  ]
  for (const [option, value] of wrong) {
    it(`${option} = ${JSON.stringify(value)} lets the call through, and is told once`, () => {
      const said = recordDiagnostics()
      const filter = callFilter()
      for (let i = 0; i < 3; i++)
        strictEqual(Reflect.apply(filter.admit, filter, [CALL, { [option]: value }]), 1)
      strictEqual(said.length, 1)
      match(said[0] ?? '', new RegExp(`^warn: .*${option} of a call must be`))
    })
  }
})
