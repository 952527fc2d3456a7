import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import * as fc from 'fast-check'
import { AnyValueCopier, MAX_DEPTH, MAX_VALUES, TooManyValuesError } from '#src/common/any-value.js'
import { LogRecordSnapshot } from '#src/processors/snapshot.js'
import { logRecord } from '../support/log-records.js'

const copy = (value: unknown) => new AnyValueCopier().copy(value)

function refuse(): never {
  throw new Error('not for you')
}

class Account {
  readonly owner = 'Ada'
  readonly #balance = 5
  get balance(): number {
    return this.#balance
  }
}

class Odd extends Date {
  override toISOString(): string {
    const notText: { toISOString(): string } = new Proxy(new Date(0), { get: () => () => ({ not: 'text' }) })
    return notText.toISOString()
  }
}

/** One kind of value: its row in docs/values.md, and examples. */
interface Kind {
  readonly kind: string
  readonly examples: readonly { readonly value: () => unknown; readonly becomes: unknown }[]
}

const same = (value: unknown) => ({ value: () => value, becomes: value })

const circle: { name: string; inner?: unknown } = { name: 'outer' }
circle.inner = { back: circle, list: [circle] }

const KINDS: readonly Kind[] = [
  { kind: 'string, boolean, null', examples: ['', 'text', '\ud800', true, false, null].map(same) },
  { kind: 'number', examples: [0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53].map(same) },
  { kind: 'undefined', examples: [same(undefined), same({ a: undefined })] },
  {
    kind: 'bigint',
    examples: [
      { value: () => 7n, becomes: 7 },
      { value: () => BigInt(Number.MIN_SAFE_INTEGER), becomes: Number.MIN_SAFE_INTEGER },
      { value: () => 2n ** 53n, becomes: '9007199254740992' },
      { value: () => -(10n ** 30n), becomes: '-1000000000000000000000000000000' },
    ],
  },
  {
    kind: 'symbol, function',
    examples: [
      { value: () => Symbol('secret'), becomes: '[symbol]' },
      { value: () => refuse, becomes: '[function]' },
      { value: () => Account, becomes: '[function]' },
    ],
  },
  {
    kind: 'array',
    examples: [
      same([]),
      same(['mixed', 1, [true]]),
      { value: () => Object.assign(new Array<string>(3), { 1: 'b' }), becomes: [undefined, 'b', undefined] },
      { value: () => Object.assign([1], { extra: 2 }), becomes: [1] },
    ],
  },
  {
    kind: 'plain object, object without a prototype',
    examples: [
      same({}),
      same({ a: { b: { c: 1 } } }),
      { value: () => Object.assign(Object.create(null), { a: 1 }), becomes: { a: 1 } },
      { value: () => ({ [Symbol('hidden')]: 1, seen: 2 }), becomes: { seen: 2 } },
      { value: () => Object.defineProperty({ a: 1 }, 'hidden', { value: 2 }), becomes: { a: 1 } },
      {
        value: () => Object.defineProperty({}, 'computed', { enumerable: true, get: () => 3 }),
        becomes: { computed: 3 },
      },
      { value: () => runInNewContext('({ a: [1] })'), becomes: { a: [1] } },
    ],
  },
  {
    kind: 'typed array, Buffer, DataView, ArrayBuffer, SharedArrayBuffer',
    examples: [
      same(new Uint8Array([1, 2])),
      { value: () => Buffer.from('ab'), becomes: new Uint8Array([97, 98]) },
      { value: () => new Uint16Array([0x0201, 0x0403]).subarray(1), becomes: new Uint8Array([3, 4]) },
      { value: () => new DataView(new Uint8Array([1, 2, 3]).buffer, 1), becomes: new Uint8Array([2, 3]) },
      { value: () => new Uint8Array([5]).buffer, becomes: new Uint8Array([5]) },
      { value: () => new SharedArrayBuffer(2), becomes: new Uint8Array(2) },
      { value: () => runInNewContext('new Uint8Array([6]).buffer'), becomes: new Uint8Array([6]) },
    ],
  },
  {
    kind: 'Date',
    examples: [
      { value: () => new Date(0), becomes: '1970-01-01T00:00:00.000Z' },
      { value: () => new Date(Number.NaN), becomes: 'Invalid Date' },
      { value: () => new Odd(0), becomes: '1970-01-01T00:00:00.000Z' },
      { value: () => runInNewContext('new Date(0)'), becomes: '1970-01-01T00:00:00.000Z' },
      { value: () => runInNewContext('new Date(NaN)'), becomes: 'Invalid Date' },
    ],
  },
  {
    kind: 'Error',
    examples: [
      {
        value: () => withStack(new TypeError('wrong', { cause: withStack(new Error('deeper')) })),
        becomes: {
          name: 'TypeError',
          message: 'wrong',
          stack: 'stack',
          cause: { name: 'Error', message: 'deeper', stack: 'stack' },
        },
      },
      {
        value: () => withStack(Object.assign(new Error('no'), { code: 'ENOENT', stack: undefined })),
        becomes: { name: 'Error', message: 'no', stack: 'stack', code: 'ENOENT' },
      },
      {
        value: () => withStack(runInNewContext('new RangeError("far")')),
        becomes: { name: 'RangeError', message: 'far', stack: 'stack' },
      },
    ],
  },
  {
    kind: 'Map',
    examples: [
      {
        value: () =>
          new Map<unknown, unknown>([
            ['a', 1],
            [2, new Map([['b', [3]]])],
          ]),
        becomes: { a: 1, 2: { b: [3] } },
      },
      { value: () => runInNewContext('new Map([["a", 1]])'), becomes: { a: 1 } },
    ],
  },
  { kind: 'Set', examples: [{ value: () => new Set([1, 'a', 1]), becomes: [1, 'a'] }] },
  { kind: 'RegExp', examples: [{ value: () => /a+/gi, becomes: '/a+/gi' }] },
  {
    kind: 'String, Number, Boolean, BigInt and Symbol objects',
    examples: [
      { value: () => Object('text'), becomes: 'text' },
      { value: () => Object(4), becomes: 4 },
      { value: () => Object(false), becomes: false },
      { value: () => Object(5n), becomes: 5 },
      { value: () => Object(Symbol('s')), becomes: '[symbol]' },
      {
        value: () => Object.assign(Object(4), { valueOf: () => ({ inner: refuse }) }),
        becomes: { inner: '[function]' },
      },
    ],
  },
  {
    kind: 'object with toJSON',
    examples: [
      { value: () => new URL('http://localhost/a'), becomes: 'http://localhost/a' },
      {
        value: () => Object.create({ toJSON: () => ({ at: new Date(0) }) }),
        becomes: { at: '1970-01-01T00:00:00.000Z' },
      },
    ],
  },
  {
    kind: 'any other object',
    examples: [
      { value: () => new Account(), becomes: { owner: 'Ada' } },
      { value: () => new WeakMap(), becomes: {} },
      { value: () => Promise.resolve(1), becomes: {} },
    ],
  },
  {
    kind: 'an object that contains itself',
    examples: [
      {
        value: () => circle,
        becomes: { name: 'outer', inner: { back: '[circular]', list: ['[circular]'] } },
      },
    ],
  },
  {
    kind: 'a value that throws when it is read',
    examples: [
      {
        value: () => Object.defineProperty({ sound: 1 }, 'bad', { enumerable: true, get: refuse }),
        becomes: { sound: 1, bad: '[unreadable]' },
      },
      {
        value: () => ({ sound: 1, proxy: new Proxy({}, { ownKeys: refuse }) }),
        becomes: unreadableAt('proxy'),
      },
      {
        value: () => ({ sound: 1, proxy: new Proxy({}, { getPrototypeOf: refuse }) }),
        becomes: unreadableAt('proxy'),
      },
      { value: () => ({ sound: 1, proxy: revoked() }), becomes: unreadableAt('proxy') },
      { value: () => ({ sound: 1, json: Object.create({ toJSON: refuse }) }), becomes: unreadableAt('json') },
      {
        value: () => ({ sound: 1, map: new Map([[{ toString: refuse }, 1]]) }),
        becomes: unreadableAt('map'),
      },
      {
        value: () => ({ sound: 1, error: Object.defineProperty(new Error('e'), 'stack', { get: refuse }) }),
        becomes: unreadableAt('error'),
      },
    ],
  },
]

function unreadableAt(key: string): object {
  return { sound: 1, [key]: '[unreadable]' }
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function withStack<T extends Error>(error: T): T {
  return Object.defineProperty(error, 'stack', { value: 'stack', enumerable: false })
}

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

  it('whatever it is, the copy shares nothing with it, and every exporter can take it', () => {
    const hostile = fc.constantFrom<() => unknown>(
      () => circle,
      revoked,
      () => Object.defineProperty({}, 'bad', { enumerable: true, get: refuse }),
      () => new Proxy([], { get: refuse }),
      () => new Account(),
      () => new Odd(0),
      () => Symbol('s'),
      () => withStack(new Error('e', { cause: circle })),
      () => new URL('http://localhost/'),
    )
    const anything = fc.anything({
      maxDepth: 4,
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
      values: [fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(undefined), fc.bigInt()],
    })
    fc.assert(
      fc.property(anything, anything, hostile, (body, value, makeHostile) => {
        const source = Object.defineProperties(logRecord(), {
          body: { value: body },
          attributes: { value: { value, hostile: [makeHostile()] } },
        })
        let snapshot: LogRecordSnapshot
        try {
          snapshot = new LogRecordSnapshot(source)
        } catch (error) {
          assert.ok(error instanceof TooManyValuesError)
          return
        }
        assertPlain(snapshot.body)
        assertPlain(snapshot.attributes)
        assert.ok(ProtobufLogsSerializer.serializeRequest([snapshot]))
        assert.ok(JsonLogsSerializer.serializeRequest([snapshot]))
      }),
      { numRuns: 1_000 },
    )
  })

  it('whatever the other fields are, the record is refused or every exporter can take it', () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(2 ** 53, -1, Number.MAX_VALUE))
    const odd = fc.oneof(
      number,
      fc.string(),
      fc.bigInt(),
      fc.constantFrom(null, undefined, Symbol('s'), {}, []),
    )
    fc.assert(
      fc.property(
        fc.record({
          hrTime: fc.oneof(odd, fc.tuple(number, number)),
          hrTimeObserved: fc.oneof(odd, fc.tuple(number, number)),
          severityNumber: odd,
          severityText: odd,
          eventName: odd,
          droppedAttributesCount: odd,
          spanContext: fc.oneof(odd, fc.record({ traceId: odd, spanId: odd, traceFlags: odd })),
        }),
        fc.subarray([
          'hrTime',
          'hrTimeObserved',
          'severityNumber',
          'severityText',
          'eventName',
          'droppedAttributesCount',
          'spanContext',
        ] as const),
        (fields, chosen) => {
          const source = logRecord()
          for (const field of chosen) Object.defineProperty(source, field, { value: fields[field] })
          let snapshot: LogRecordSnapshot
          try {
            snapshot = new LogRecordSnapshot(source)
          } catch {
            return
          }
          assert.ok(ProtobufLogsSerializer.serializeRequest([snapshot]))
          assert.ok(JsonLogsSerializer.serializeRequest([snapshot]))
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

/** Only what OpenTelemetry has a type for, by its own type and not a class derived from it. */
function assertPlain(value: unknown): void {
  if (typeof value === 'object' && value !== null) {
    if (value instanceof Uint8Array) return
    const prototype: unknown = Object.getPrototypeOf(value)
    assert.ok(prototype === Object.prototype || prototype === Array.prototype)
    for (const inner of Object.values(value)) assertPlain(inner)
  } else {
    assert.ok(['string', 'number', 'boolean', 'undefined', 'object'].includes(typeof value), typeof value)
  }
}
