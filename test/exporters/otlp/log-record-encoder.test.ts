import assert from 'node:assert/strict'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { AnyValueCopier, MAX_VALUES, TooManyValuesError } from '#src/common/any-value.js'
import { InvalidRecordError } from '#src/common/invalid-record.js'
import { encodeContext } from '#src/exporters/otlp/context-encoder.js'
import { EncodedBatch } from '#src/exporters/otlp/encoded-batch.js'
import { exportRequest } from '#src/exporters/otlp/export-request.js'
import { LogRecordEncoder } from '#src/exporters/otlp/log-record-encoder.js'
import { NO_ROOM, ProtobufWriter } from '#src/exporters/otlp/protobuf-writer.js'
import { type DecodedLogRecord, decodeProtobuf, type ExactValue } from '../../support/decode-otlp.js'
import { RequestEncoder } from '../../support/encoded-request.js'
import { hostileValue } from '../../support/hostile-values.js'
import { logRecord } from '../../support/log-records.js'
import { RandomRecords } from '../../support/random-records.js'

const encoder = new RequestEncoder()

/** A record with a body that its type does not allow, as JavaScript does. */
function recordOf(body: unknown): ReadableLogRecord {
  return Object.assign(logRecord(), { body })
}

function decoded(record: ReadableLogRecord): DecodedLogRecord {
  const [first] = decodeProtobuf(encoder.encode([record]))
  assert.ok(first)
  return first
}

function encodedBody(body: unknown): ExactValue | undefined {
  return decoded(recordOf({ body })).exactBody
}

/** The body as it arrives; inside a map, since a body that is undefined is no body. */
function arrives(value: unknown): ExactValue {
  const body = encodedBody(value)
  assert.ok(body?.kind === 'map')
  const [entry] = body.value
  assert.ok(entry)
  return entry[1]
}

const text = (value: string): ExactValue => ({ kind: 'string', value })
const int = (value: number | bigint): ExactValue => ({ kind: 'int', value: BigInt(value) })
const double = (value: number): ExactValue => ({ kind: 'double', value })
const bytes = (...value: number[]): ExactValue => ({ kind: 'bytes', value: new Uint8Array(value) })
const array = (...value: ExactValue[]): ExactValue => ({ kind: 'array', value })
const map = (value: Record<string, ExactValue>): ExactValue => ({ kind: 'map', value: Object.entries(value) })
const empty: ExactValue = { kind: 'empty' }

const circular: Record<string, unknown> = { a: 1 }
circular.self = circular
const shared = { a: 1 }
const withoutStack = Object.assign(new TypeError('no', { cause: 'why' }), { code: 7, stack: undefined })
const sharedMemory = new SharedArrayBuffer(4)
new Uint8Array(sharedMemory).set([1, 2, 3, 4])
const subclass = new (class extends Uint8Array {
  override get length() {
    return 1_000_000
  }
})([1, 2])
const detached = new Uint8Array(8)
structuredClone(detached, { transfer: [detached.buffer] })

/** The table of docs/values.md; what a queue of objects keeps of a value arrives as the same. */
const TABLE: readonly (readonly [what: string, value: unknown, arrives: ExactValue])[] = [
  ['undefined', undefined, empty],
  ['null', null, empty],
  ['minus zero', -0, double(-0)],
  ['a whole number within 64 bits', 2 ** 62, int(2n ** 62n)],
  ['a whole number beyond', 2 ** 63, double(2 ** 63)],
  ['not a number', Number.NaN, double(Number.NaN)],
  ['a BigInt that a number can be', 2n ** 53n - 1n, int(2n ** 53n - 1n)],
  ['a BigInt beyond 64 bits', 2n ** 63n, text('9223372036854775808')],
  ['a lone surrogate', 'a\ud800b', text('a\ufffdb')],
  ['a lone surrogate in a long text', `${'x'.repeat(100)}\udc00`, text(`${'x'.repeat(100)}\ufffd`)],
  ['a lone surrogate in a key', { 'k\ud800': 1 }, map({ 'k\ufffd': int(1) })],
  ['a symbol', Symbol('secret'), text('[symbol]')],
  ['a function', () => 1, text('[function]')],
  ['a date', new Date(0), text('1970-01-01T00:00:00.000Z')],
  ['an invalid date', new Date(Number.NaN), text('Invalid Date')],
  [
    'an error',
    withoutStack,
    map({ name: text('TypeError'), message: text('no'), cause: text('why'), code: int(7) }),
  ],
  [
    'a map',
    new Map<unknown, unknown>([
      ['a', 1],
      [2, 'b'],
    ]),
    map({ a: int(1), 2: text('b') }),
  ],
  ['a set', new Set([1, 'b']), array(int(1), text('b'))],
  ['a regular expression', /a+/g, text('/a+/g')],
  [
    'boxed values',
    [Object('a'), Object(1), Object(true)],
    array(text('a'), int(1), { kind: 'bool', value: true }),
  ],
  ['an object that says what it is in JSON', new URL('http://example.test/'), text('http://example.test/')],
  [
    'an instance of a class',
    new (class {
      a = 1
    })(),
    map({ a: int(1) }),
  ],
  ['an array with holes', Object.assign(new Array(3), { 0: 1, 2: 2 }), array(int(1), empty, int(2))],
  ['a buffer', new Uint8Array([1, 2]).buffer, bytes(1, 2)],
  ['shared memory', sharedMemory, bytes(1, 2, 3, 4)],
  ['a view of shared memory', new Uint16Array(sharedMemory, 2, 1), bytes(3, 4)],
  ['a DataView', new DataView(sharedMemory, 1, 2), bytes(2, 3)],
  ['a view that says it is longer', subclass, bytes(1, 2)],
  ['a view whose memory is gone', detached, text('[unreadable]')],
  ['an object that inherits from a view', Object.create(Uint8Array.prototype), map({})],
  ['a key named __proto__', JSON.parse('{"__proto__":1}'), { kind: 'map', value: [['__proto__', int(1)]] }],
  ['the same object twice', [shared, shared], array(map({ a: int(1) }), map({ a: int(1) }))],
  ['a circle', circular, map({ a: int(1), self: text('[circular]') })],
  [
    'a getter that throws',
    {
      get a() {
        throw new Error('no')
      },
      b: 1,
    },
    map({ a: text('[unreadable]'), b: int(1) }),
  ],
  [
    'toJSON that throws',
    {
      a: new (class {
        toJSON() {
          throw new Error('no')
        }
      })(),
    },
    map({ a: text('[unreadable]') }),
  ],
  ['a proxy that can be read', new Proxy({ a: 1 }, {}), map({ a: int(1) })],
  [
    'a proxy that throws',
    [
      1,
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('no')
          },
        },
      ),
    ],
    array(int(1), text('[unreadable]')),
  ],
  ['a proxy that was revoked', revoked(), text('[unreadable]')],
]

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function nested(depth: number, innermost: unknown): unknown {
  let value = innermost
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

describe('LogRecordEncoder', () => {
  describe('refuses', () => {
    it('a time that is not two whole numbers', () => {
      assert.throws(() => encoder.encode([logRecord({ hrTime: [0.5, 0] })]), InvalidRecordError)
      assert.throws(
        () => encoder.encode([logRecord({ hrTimeObserved: [0, Number.NaN] })]),
        InvalidRecordError,
      )
    })

    it('a record with more values than one may have', () => {
      const most = Array.from({ length: MAX_VALUES - 1 }, () => null)
      encoder.encode([logRecord({ body: most })])
      assert.throws(() => encoder.encode([logRecord({ body: [...most, null] })]), TooManyValuesError)
      assert.throws(() => encoder.encode([recordOf(new Array(2 ** 32 - 1))]), TooManyValuesError)
    })

    it("a record that cannot be read, with its own getter's error", () => {
      const error = new Error('mine')
      const record = Object.defineProperty(logRecord(), 'body', {
        get() {
          throw error
        },
      })
      assert.throws(() => encoder.encode([record]), error)
    })
  })

  describe('leaves out', () => {
    for (const [what, traceId] of [
      ['is too short', 'ab'],
      ['has an odd length', 'a'.repeat(31)],
      ['is not hexadecimal', 'g'.repeat(32)],
    ] as const) {
      it(`an id that ${what}, for which receivers refuse the whole request`, () => {
        const record = decoded(logRecord({ spanContext: { traceId, spanId: 'b'.repeat(16), traceFlags: 1 } }))
        assert.equal(record.traceId, '')
        assert.equal(record.spanId, 'b'.repeat(16))
      })
    }
  })

  describe('writes what OpenTelemetry has no type for as the nearest it has', () => {
    for (const [what, value, expected] of TABLE) {
      it(what, () => assert.deepEqual(arrives(value), expected))
    }

    it('what is nested deeper than 64 containers', () => {
      // The map that `arrives` puts around it is the first.
      assert.deepEqual(arrives(nested(63, 'leaf')), nestedArrays(63, text('leaf')))
      assert.deepEqual(arrives(nested(64, 'leaf')), nestedArrays(63, text('[too deep]')))
      assert.deepEqual(arrives(nested(63, new Uint8Array([1]))), nestedArrays(63, bytes(1)))
    })
  })

  describe('agrees with the copy that a queue of objects keeps', () => {
    for (const [what, value] of TABLE) {
      it(`on ${what}`, () =>
        assert.deepEqual(encodedBody(new AnyValueCopier().copy(value)), encodedBody(value)))
    }

    it('but for a BigInt that is a 64-bit integer and no exact number: the copy is its digits', () => {
      assert.deepEqual(arrives(-(2n ** 63n)), int(-(2n ** 63n)))
      assert.deepEqual(arrives(2n ** 63n - 1n), int(2n ** 63n - 1n))
      assert.equal(new AnyValueCopier().copy(2n ** 53n), '9007199254740992')
    })
  })

  it('writes texts of any length, in characters of one to four bytes', () => {
    for (const character of ['a', 'é', '€', '😀']) {
      for (let length = 0; length < 140; length++) {
        const value = character.repeat(length)
        assert.deepEqual(decoded(recordOf(value)).exactBody, text(value))
        assert.deepEqual(arrives(value), text(value))
      }
    }
  })

  it('writes any time modulo 2^64 nanoseconds', () => {
    const seconds = fc.integer({ min: -(2 ** 36), max: 2 ** 36 })
    fc.assert(
      fc.property(seconds, fc.integer(), (seconds, nanoseconds) => {
        const nanos = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)
        assert.equal(decoded(logRecord({ hrTime: [seconds, nanoseconds] })).time, BigInt.asUintN(64, nanos))
      }),
    )
  })

  it('writes more names of attributes than it keeps, each time the same', () => {
    const attributes = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`name.${i}`, i]))
    for (let i = 0; i < 2; i++) assert.deepEqual(decoded(logRecord({ attributes })).attributes, attributes)
  })

  it('is not thrown off by a value that it met before', () => {
    assert.throws(() => encoder.encode([recordOf(nested(10, new Array(2 ** 20)))]), TooManyValuesError)
    assert.deepEqual(arrives(circular), map({ a: int(1), self: text('[circular]') }))
  })

  describe('within its room', () => {
    const memory = new Uint8Array(new SharedArrayBuffer(1 << 20))
    const writer = new ProtobufWriter(memory.buffer)
    const bounded = new LogRecordEncoder(writer)

    /** Encodes between `start` and `end`; whatever happens, not one byte beside is written. */
    function encodeBetween(start: number, end: number, record: ReadableLogRecord): number | undefined {
      memory.fill(0xa5)
      writer.begin(start, end)
      try {
        bounded.encode(record)
        return writer.position
      } catch (error) {
        if (error === NO_ROOM) return undefined
        throw error
      } finally {
        const outside = Buffer.concat([memory.subarray(0, start), memory.subarray(end)])
        assert.ok(outside.equals(Buffer.alloc(outside.length, 0xa5)), 'wrote outside its room')
      }
    }

    it('says so if there is none, at every end, and writes nothing beside it', function () {
      this.timeout(60_000)
      const euros = Array.from({ length: 10 }, (_, i) =>
        logRecord({ body: '€'.repeat(36 + i), attributes: {} }),
      )
      const records = [...euros, ...new RandomRecords(7).batch(40)]
      for (const record of records) {
        const needed = (encodeBetween(64, memory.length, record) ?? 0) - 64
        if (needed > 600) continue
        for (let room = 0; room < needed; room++) {
          assert.equal(encodeBetweenSmall(room, record), undefined, `${room} of ${needed} bytes`)
        }
      }
    })

    /** The same in a memory that is quick to look over. */
    const small = new Uint8Array(new SharedArrayBuffer(1_024))
    const smallWriter = new ProtobufWriter(small.buffer)
    const smallEncoder = new LogRecordEncoder(smallWriter)
    function encodeBetweenSmall(room: number, record: ReadableLogRecord): number | undefined {
      small.fill(0xa5)
      smallWriter.begin(64, 64 + room)
      try {
        smallEncoder.encode(record)
        return smallWriter.position
      } catch (error) {
        assert.equal(error, NO_ROOM)
        return undefined
      } finally {
        assert.ok(small.every((byte, i) => byte === 0xa5 || (i >= 64 && i < 64 + room)))
      }
    }

    it('stays, and writes a sound message or none, whatever the values are', function () {
      this.timeout(60_000)
      const context = encodeContext(logRecord().resource, { name: 'test' })
      fc.assert(
        fc.property(hostileValue(), hostileValue(), fc.nat(5_000), (make, makeOther, room) => {
          const record = Object.assign(logRecord(), { body: make(), attributes: { a: makeOther() } })
          const start = 4_096
          try {
            const end = encodeBetween(start, start + room, record)
            if (end === undefined) return
            const starts = Uint32Array.of(start, end)
            decodeProtobuf(exportRequest(new EncodedBatch(memory, starts, [{ context, from: 0, to: 1 }])))
          } catch (error) {
            if (!(error instanceof TooManyValuesError)) throw error
          }
        }),
        { numRuns: 1_500 },
      )
    })
  })
})

function nestedArrays(depth: number, innermost: ExactValue): ExactValue {
  let value = innermost
  for (let i = 0; i < depth; i++) value = array(value)
  return value
}
