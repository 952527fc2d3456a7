import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import type { NameFilter } from 'otel-sluice'
import { nameFilterOption } from '#src/facade/name-filter.js'
import { type NamePattern, nameTest } from '#src/facade/name-pattern.js'

/** Names and patterns of so few characters that they often match. */
const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '\n', '('), maxLength: 8 })
const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '\n', '(', '*', '*'), maxLength: 6 })
const expression = fc.constantFrom(/^a/, /b$/g, /a.b/y, /\./s, /A/i)
const pattern: fc.Arbitrary<NamePattern> = fc.oneof(text, expression)

/** The naive model: a text means what a regular expression with everything but `*` escaped means. */
function matches(pattern: NamePattern, name: string): boolean {
  if (typeof pattern !== 'string') return new RegExp(pattern).test(name)
  const source = pattern.split('*').map((piece) => piece.replace(/\W/gs, '\\$&'))
  return new RegExp(`^${source.join('.*')}$`, 's').test(name)
}

describe('a name pattern', () => {
  it('means what the naive model says', () => {
    fc.assert(
      fc.property(pattern, name, (pattern, name) => {
        strictEqual(nameTest(pattern)(name), matches(pattern, name))
      }),
      { numRuns: 20_000 },
    )
  })

  it('takes a dot, and every other character that means something elsewhere, for itself', () => {
    strictEqual(nameTest('app.db')('appxdb'), false)
    strictEqual(nameTest('[a]+(b)|^$\\')('[a]+(b)|^$\\'), true)
    strictEqual(nameTest('a?')('a'), false)
  })

  it('has to match the whole name', () => {
    deepStrictEqual(['app', 'my.app', 'app.db'].map(nameTest('app')), [true, false, false])
  })

  it('is looked for in linear time: many wildcards, and a name that almost matches', () => {
    strictEqual(nameTest(`${'a*'.repeat(1_000)}b`)('a'.repeat(1_000_000)), false)
    strictEqual(nameTest(`${'*a'.repeat(1_000)}*`)('a'.repeat(999)), false)
  })

  it('that is an expression keeps no state, and changes none', () => {
    for (const flags of ['g', 'y', 'gy']) {
      const given = new RegExp('app', flags)
      given.lastIndex = 2
      const test = nameTest(given)
      deepStrictEqual([test('app'), test('app'), test('app.db')], [true, true, true])
      strictEqual(given.lastIndex, 2)
    }
  })
})

describe('a name filter', () => {
  const patterns = fc.array(pattern, { maxLength: 3 })
  const some = fc.array(pattern, { minLength: 1, maxLength: 3 })

  it('lets through what is allowed, if anything is, and not disallowed', () => {
    const parts = fc.record({ allow: fc.option(some, { nil: undefined }), disallow: patterns })
    fc.assert(
      fc.property(parts, name, (parts, name) => {
        const isAllowed = parts.allow === undefined || parts.allow.some((pattern) => matches(pattern, name))
        const expected = isAllowed && !parts.disallow.some((pattern) => matches(pattern, name))
        const filter = nameFilterOption(parts, 'ns')
        deepStrictEqual([filter.allows(name), filter.allows(name)], [expected, expected], 'also from memory')
      }),
      { numRuns: 5_000 },
    )
  })

  const allowing: [string, NameFilter][] = [
    ['a pattern', 'app.*'],
    ['an array', ['nothing', 'app.*']],
    ['a Set', new Set(['app.*', /^nothing$/])],
    ['allow alone', { allow: 'app.*' }],
    ['allow as an array', { allow: ['app.*'], disallow: [] }],
    ['allow as a Set', { allow: new Set(['app.*']), disallow: undefined }],
  ]
  for (const [form, filter] of allowing) {
    it(`may be given as ${form}`, () => {
      const { allows } = pinned(filter)
      deepStrictEqual(['app.db', 'lib', ''].map(allows), [true, false, false])
    })
  }

  it('of disallow alone lets everything else through', () => {
    const { allows } = pinned({ disallow: ['app.*', 'x'] })
    deepStrictEqual(['app.db', 'x', 'lib', ''].map(allows), [false, false, true, true])
  })

  it('takes no name for an empty one, which * matches', () => {
    strictEqual(pinned('*').allows(''), true)
    strictEqual(pinned(['', 'order.*']).allows(''), true)
    strictEqual(pinned('order.*').allows(''), false)
  })

  it('does not change with what it was given', () => {
    const given = ['app.*']
    const { allows, settings } = pinned({ allow: given })
    given[0] = 'lib'
    strictEqual(allows('app.db'), true)
    deepStrictEqual(settings, { allow: ['app.*'] })
  })

  it('remembers a bounded number of names, and is right about those beyond', () => {
    const { allows } = pinned('*7')
    for (let i = 0; i < 5_000; i++) strictEqual(allows(`name-${i}`), i % 10 === 7)
    strictEqual(allows(`${'x'.repeat(1_000)}7`), true)
  })

  function pinned(filter: NameFilter) {
    const compiled = nameFilterOption(filter, 'ns')
    return { allows: (name: string) => compiled.allows(name), settings: compiled.settings }
  }
})
