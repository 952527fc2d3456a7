import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { type Limit, RateLimit } from '#src/facade/rate-limit.js'

describe('a rate limit', () => {
  /** How many of so many records pass at once. */
  function passing(limit: RateLimit, records: number, now: number): number {
    let passed = 0
    for (let i = 0; i < records; i++) if (limit.take(now)) passed++
    return passed
  }

  it('lets the number of its window pass, and no more until the window is over', () => {
    const limit = new RateLimit([[5, 60_000]])
    strictEqual(passing(limit, 8, 1_000), 5)
    strictEqual(passing(limit, 8, 60_999), 0)
    strictEqual(passing(limit, 8, 61_000), 5)
  })

  it('has windows that begin with a record, not with the clock', () => {
    const limit = new RateLimit([[1, 1_000]])
    deepStrictEqual(
      [900, 1_100, 1_899, 1_900].map((now) => limit.take(now)),
      [true, false, false, true],
    )
  })

  it('needs room in every window', () => {
    const limit = new RateLimit([
      [5, 60_000],
      [8, 900_000],
    ])
    deepStrictEqual(
      [0, 60_000, 120_000, 899_999, 900_000].map((now) => passing(limit, 10, now)),
      [5, 3, 0, 0, 5],
    )
  })

  it('counts a record that one window refuses in none of the others', () => {
    const limit = new RateLimit([
      [1, 10],
      [3, 1_000],
    ])
    strictEqual(passing(limit, 100, 0), 1)
    strictEqual(passing(limit, 100, 10), 1)
    strictEqual(passing(limit, 100, 20), 1)
    strictEqual(passing(limit, 100, 30), 0)
  })

  it('does what a list of all records that passed would tell it to', () => {
    const window = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 100 }))
    const limits: fc.Arbitrary<Limit> = fc.array(window, { minLength: 1, maxLength: 3 })
    const pauses = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 100 })
    fc.assert(
      fc.property(limits, pauses, (limit, steps) => {
        const rateLimit = new RateLimit(limit)
        const passed: number[] = []
        let now = 0
        for (const step of steps) {
          now += step
          const expected = limit.every(([records, millis]) => inWindow(passed, millis, now) < records)
          strictEqual(rateLimit.take(now), expected)
          if (expected) passed.push(now)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  /** The naive model: from the first record on, windows one after the other; how many are in the one that is open. */
  function inWindow(passed: readonly number[], millis: number, now: number): number {
    let begun = Number.NEGATIVE_INFINITY
    for (const time of passed) if (time - begun >= millis) begun = time
    return now - begun >= millis ? 0 : passed.filter((time) => time >= begun).length
  }
})
