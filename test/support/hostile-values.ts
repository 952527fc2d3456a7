import fc from 'fast-check'

/** Makes a value, anew each time: many of them remember that they were read. */
export type Make = () => unknown

function thrower(): never {
  throw new Error('hostile')
}

/** Values that an application cannot mean, but JavaScript allows. */
const HOSTILE: readonly Make[] = [
  () => new Proxy({}, { ownKeys: thrower }),
  () => new Proxy({}, { get: thrower, getPrototypeOf: thrower, has: thrower }),
  () => new Proxy([1, 2, 3], { get: thrower }),
  () => new Proxy([], { get: (_, name) => (name === 'length' ? Infinity : 1) }),
  () => new Proxy([], { get: (_, name) => (name === 'length' ? Number.NaN : 1) }),
  () =>
    new Proxy(
      {},
      {
        ownKeys: () => ['a', 'b'],
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
      },
    ),
  () => new Proxy(new Uint8Array(3), {}),
  () => new Proxy(new Uint8Array(3), { get: (_, name) => (name === 'length' ? 2 ** 31 : 1) }),
  () => new Proxy(new Date(), {}),
  () => new Proxy(() => 1, {}),
  () => {
    const { proxy, revoke } = Proxy.revocable([], {})
    revoke()
    return proxy
  },
  () => {
    let length = 0
    return Object.create(Uint8Array.prototype, { length: { get: () => (length += 10_000) } })
  },
  () => Object.defineProperty(new Uint8Array(9), 'length', { value: 1 << 20 }),
  () => Object.defineProperty(Buffer.alloc(9), 'byteLength', { value: 1 << 20 }),
  () => Object.create(ArrayBuffer.prototype, { length: { value: 2 ** 40 } }),
  () => Object.create(Map.prototype),
  () => Object.create(Date.prototype),
  () => Object.create(Error.prototype, { message: { get: thrower } }),
  () => Object.create(Object.create(null), { a: { get: thrower, enumerable: true } }),
  () => Object.assign(Object.create({}), { toJSON: thrower }),
  () => {
    const self: object = Object.assign(Object.create({}), { toJSON: () => self })
    return self
  },
  () => {
    const endless = (): object => Object.assign(Object.create({}), { toJSON: endless })
    return endless()
  },
  () => {
    const endless = (): object => ({
      get next() {
        return endless()
      },
    })
    return endless()
  },
  () => new Map([[{ toString: thrower }, 1]]),
  () =>
    new Map<unknown, unknown>([
      [Symbol('k'), 1],
      [undefined, 2],
      ['__proto__', 3],
    ]),
  () => {
    const set = new Set<unknown>()
    return set.add(set)
  },
  () => Object.assign(new String('x'), { valueOf: () => ({ deep: true }) }),
  () => new Error('outer', { cause: new AggregateError([1], 'inner') }),
  () => {
    const growing: unknown[] = []
    return Object.defineProperty(growing, 0, { enumerable: true, get: () => growing.push(1) })
  },
  () => {
    const map = new Map<string, unknown>()
    return map.set('self', map)
  },
  () => new Array(70_000),
  () => new WeakMap(),
  () => Promise.reject(new Error('x')).catch(() => 1),
  () => globalThis,
  () => process.env,
  () => function* () {},
]

/** Hostile values, sound ones, and both in one another. */
export function hostileValue(): fc.Arbitrary<Make> {
  const { tree } = fc.letrec<{ tree: Make }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...HOSTILE),
      fc
        .anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
        })
        .map((value) => () => value),
      fc.string({ unit: 'binary', maxLength: 300 }).map((value) => () => value),
      fc.array(tie('tree'), { maxLength: 4 }).map((makes) => () => makes.map((make) => make())),
      fc
        .array(fc.tuple(fc.string(), tie('tree')), { maxLength: 4 })
        .map((entries) => () => Object.fromEntries(entries.map(([key, make]) => [key, make()]))),
    ),
  }))
  return tree
}
