import assert from 'node:assert/strict'
import { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import * as fc from 'fast-check'
import { TooManyValuesError } from '#src/common/any-value.js'
import { LogRecordSnapshot } from '#src/processors/snapshot.js'
import { logRecord } from '../support/log-records.js'
import { Account, circle, Odd, refuse, revoked, withStack } from './kinds-of-values.js'

describe('any record at all', () => {
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
