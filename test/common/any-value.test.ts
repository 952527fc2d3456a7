import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { AnyValueCopier, MAX_DEPTH, MAX_VALUES, TooManyValuesError } from '#src/common/any-value.js'
import { LogRecordSnapshot } from '#src/processors/snapshot.js'
import { logRecord } from '../support/log-records.js'
import { KINDS, refuse } from './kinds-of-values.js'

const copy = (value: unknown) => new AnyValueCopier().copy(value)

describe('the value of a body or an attribute', () => {
  for (const { kind, examples } of KINDS) {
    describe(kind, () => {
      for (const [index, { value, becomes }] of examples.entries()) {
        it(`becomes what docs/values.md says (${index + 1})`, () => assert.deepEqual(copy(value()), becomes))
      }
    })
  }

  it('docs/values.md has a row for each kind, in this order, and no other', () => {
    const table = readFileSync(new URL('../../../docs/values.md', import.meta.url), 'utf8')
    const rows = [...table.matchAll(/^\| (.*?) \|/gm)].map(([, kind = '']) => kind)
    assert.deepEqual(
      rows.slice(1).map((row) => row.replaceAll('`', '')),
      KINDS.map(({ kind }) => kind),
    )
  })

  it('a key named __proto__ stays a key, and nobody gets another prototype', () => {
    const copied = copy(JSON.parse('{"__proto__": {"polluted": true}, "a": 1}'))
    assert.ok(typeof copied === 'object' && copied !== null)
    assert.deepEqual(Object.keys(copied), ['__proto__', 'a'])
    assert.equal(Object.getPrototypeOf(copied), Object.prototype)
    assert.equal('polluted' in copied, false)
    assert.deepEqual(Object.keys(copy(new Map([['__proto__', 1]])) ?? {}), ['__proto__'])
  })

  it(`nesting is cut below ${MAX_DEPTH} levels`, () => {
    const levels = (value: unknown): number =>
      typeof value === 'object' && value !== null && 'in' in value ? 1 + levels(value.in) : 0
    const innermost = (value: unknown): unknown =>
      typeof value === 'object' && value !== null && 'in' in value ? innermost(value.in) : value
    const nested = (depth: number) => {
      let value: unknown = 'core'
      for (let level = 0; level < depth; level++) value = { in: value }
      return value
    }
    assert.deepEqual([levels(copy(nested(MAX_DEPTH))), innermost(copy(nested(MAX_DEPTH)))], [64, 'core'])
    assert.deepEqual(
      [levels(copy(nested(MAX_DEPTH + 1))), innermost(copy(nested(MAX_DEPTH + 1)))],
      [64, '[too deep]'],
    )
    assert.deepEqual([levels(copy(nested(10_000))), innermost(copy(nested(10_000)))], [64, '[too deep]'])
  })

  it(`a record of more than ${MAX_VALUES} values is refused, one of as many is not`, () => {
    // The array is a value as well.
    assert.equal(Object.keys(copy(new Array(MAX_VALUES - 1).fill(0)) ?? {}).length, MAX_VALUES - 1)
    assert.throws(() => copy(new Array(MAX_VALUES).fill(0)), TooManyValuesError)
  })

  it('the number of values is bounded over body and attributes together', () => {
    const half = new Array<number>(MAX_VALUES / 2).fill(0)
    assert.throws(
      () => new LogRecordSnapshot(logRecord({ body: half, attributes: { half } })),
      TooManyValuesError,
    )
    assert.ok(new LogRecordSnapshot(logRecord({ body: half })))
  })

  const endless: Readonly<Record<string, () => unknown>> = {
    'shared subtrees that are 2^64 values when written out': () => {
      let value: unknown = 'leaf'
      for (let level = 0; level < MAX_DEPTH; level++) value = [value, value]
      return value
    },
    'an array with room for 2^32 - 1': () => new Array(2 ** 32 - 1),
    'getters that make ever more': () => {
      const grow = (): object =>
        Object.defineProperties(
          {},
          { a: { enumerable: true, get: grow }, b: { enumerable: true, get: grow } },
        )
      return grow()
    },
    'an iterator without end': () =>
      Object.assign([], {
        *[Symbol.iterator]() {
          for (;;) yield 1
        },
      }),
  }
  for (const [what, value] of Object.entries(endless)) {
    it(`${what}: refused after ${MAX_VALUES} values, not after all of them`, () => {
      assert.throws(() => copy(value()), TooManyValuesError)
    })
  }

  it('the same object in two places is no circle', () => {
    const shared = { a: 1 }
    assert.deepEqual(copy([shared, { shared }]), [{ a: 1 }, { shared: { a: 1 } }])
  })
})

describe('a plain object that is copied in one step', () => {
  const inOneStep = (value: object) => new AnyValueCopier().copyPlain(value)

  for (const { kind, examples } of KINDS) {
    it(`has the same values as other copies: ${kind}`, () => {
      for (const { value, becomes } of examples) {
        assert.deepEqual(inOneStep({ before: 1, value: value() }), { before: 1, value: becomes })
      }
    })
  }

  it('has what can be read if a getter throws', () => {
    const source = Object.defineProperty({ a: 1 }, 'bad', { enumerable: true, get: refuse })
    assert.deepEqual(inOneStep(Object.assign(source, { b: 2 })), { a: 1, bad: '[unreadable]', b: 2 })
  })

  it('has names that UTF-8 can express, in their order, and asks each getter once', () => {
    let asked = 0
    const source = {
      get a() {
        asked++
        return { b: 1 }
      },
      'key\udc00': 2,
      c: 3,
    }
    const copied = inOneStep(source)
    assert.equal(asked, 1)
    assert.deepEqual(Object.entries(copied), [
      ['a', { b: 1 }],
      ['key\ufffd', 2],
      ['c', 3],
    ])
  })

  it('says so where it contains itself', () => {
    const source: Record<string, unknown> = { a: 1 }
    source.self = source
    source.list = [source]
    assert.deepEqual(inOneStep(source), { a: 1, self: '[circular]', list: ['[circular]'] })
  })

  it('keeps a key named __proto__, and its own prototype', () => {
    const copied = inOneStep(JSON.parse('{"__proto__": {"polluted": "\ud800"}, "a": 1}'))
    assert.deepEqual(Object.entries(copied), [
      ['__proto__', { polluted: '\ufffd' }],
      ['a', 1],
    ])
    assert.equal(Object.getPrototypeOf(copied), Object.prototype)
  })

  it('has properties that are symbols, which nobody exports, as its source has them', () => {
    const hidden = Symbol('hidden')
    assert.equal(Reflect.get(inOneStep({ [hidden]: 1, seen: 2 }), hidden), 1)
  })

  it('fails for a proxy that refuses, and the copier goes on', () => {
    const refusing = new Proxy({}, { ownKeys: refuse })
    const copier = new AnyValueCopier()
    assert.throws(() => copier.copyPlain(refusing), /not for you/)
    assert.equal(copier.copy(refusing), '[unreadable]')
  })

  it('shares no value under a name with its source, which stays as it was', () => {
    const source = Object.freeze({ text: '\ud800', map: Object.freeze({ a: 1 }), date: new Date(0) })
    const copied = inOneStep(source)
    assert.deepEqual(copied, { text: '\ufffd', map: { a: 1 }, date: '1970-01-01T00:00:00.000Z' })
    assert.notEqual(copied.map, source.map)
    assert.deepEqual([source.text, source.date], ['\ud800', new Date(0)])
    assert.ok(!Object.isFrozen(copied))
  })

  it(`has fewer than ${MAX_VALUES} values: the object is one as well`, () => {
    const wide = (width: number) => Object.fromEntries(Array.from({ length: width }, (_, i) => [`k${i}`, i]))
    assert.equal(Object.keys(inOneStep(wide(MAX_VALUES - 1))).length, MAX_VALUES - 1)
    assert.throws(() => inOneStep(wide(MAX_VALUES)), TooManyValuesError)
    // Counted once, though it is copied anew for the sake of one name.
    assert.equal(Object.keys(inOneStep({ ...wide(MAX_VALUES - 2), '\ud800': 1 })).length, MAX_VALUES - 1)
  })
})
