import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { LEVEL_NAMES, type Level, rankOf, rankOfRecord } from '#src/facade/level.js'
import { LevelFilter, minLevelOption } from '#src/facade/level-filter.js'
import { type NamePattern, nameTest } from '#src/facade/name-pattern.js'

const level: fc.Arbitrary<Level> = fc.oneof(fc.constantFrom(...LEVEL_NAMES), fc.integer({ min: 1, max: 24 }))
const pattern: fc.Arbitrary<NamePattern> = fc.constantFrom('app.*', 'app.db', '*', 'lib', /^app/, /b$/)
const ns = fc.constantFrom('app', 'app.db', 'app.web', 'lib', 'other')

describe('minimum levels', () => {
  it('rank a report above fatal, and everything else by severity number', () => {
    deepStrictEqual(
      [...LEVEL_NAMES].sort((a, b) => rankOf(a) - rankOf(b)),
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'report'],
    )
    strictEqual(rankOfRecord(12, 'report') > rankOfRecord(24, 'FATAL4'), true)
    strictEqual(rankOfRecord(12, 'INFO4'), 12)
    strictEqual(rankOfRecord(9, 'report'), 9)
  })

  it('do not apply to a record without a severity', () => {
    for (const severityNumber of [undefined, 0, -1, Number.NaN, '9', null]) {
      strictEqual(rankOfRecord(severityNumber, 'report'), Number.POSITIVE_INFINITY)
    }
  })

  it('of a list: the first pattern that matches counts, else the one for all others', () => {
    const list = fc.array(fc.tuple(pattern, level), { maxLength: 4 })
    fc.assert(
      fc.property(list, fc.option(level, { nil: undefined }), ns, (list, fallback, ns) => {
        const [, found] = list.find(([pattern]) => nameTest(pattern)(ns)) ?? [ns, fallback]
        const expected = found === undefined ? Number.NEGATIVE_INFINITY : rankOf(found)
        strictEqual(minLevelOption(list, 'minLevel', fallback).rankFor(ns), expected)
      }),
      { numRuns: 5_000 },
    )
  })

  it('set one after the other: the last that was set comes first, in the place of what its pattern had', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(pattern, level), { maxLength: 6 }), ns, (settings, ns) => {
        let filter = new LevelFilter('info')
        for (const [pattern, level] of settings) filter = filter.withNsLevel(pattern, level)
        const last = settings.findLast(([pattern]) => nameTest(pattern)(ns))
        strictEqual(filter.rankFor(ns), rankOf(last?.[1] ?? 'info'))
        const patterns = filter.nsLevels.map(([pattern]) => pattern)
        strictEqual(new Set(patterns).size, patterns.length)
      }),
      { numRuns: 2_000 },
    )
  })
})
