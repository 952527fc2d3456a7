import { runInNewContext } from 'node:vm'

export function refuse(): never {
  throw new Error('not for you')
}

export class Account {
  readonly owner = 'Ada'
  readonly #balance = 5
  get balance(): number {
    return this.#balance
  }
}

export class Odd extends Date {
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

export const circle: { name: string; inner?: unknown } = { name: 'outer' }
circle.inner = { back: circle, list: [circle] }

export const KINDS: readonly Kind[] = [
  {
    kind: 'string, boolean, null',
    examples: [
      ...['', 'text', '\u{1f600}', true, false, null].map(same),
      { value: () => 'lone \ud800', becomes: 'lone \ufffd' },
      { value: () => ({ 'key\udc00': 1 }), becomes: { 'key\ufffd': 1 } },
    ],
  },
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
    kind: 'object of a class with toJSON',
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

export function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

export function withStack<T extends Error>(error: T): T {
  return Object.defineProperty(error, 'stack', { value: 'stack', enumerable: false })
}
