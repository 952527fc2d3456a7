import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { otlpJsonLine } from '#src/exporters/otlp-json.js'
import { type DecodedLogRecord, decodeJson, type ExactValue } from '../support/decode-otlp.js'
import { logRecord } from '../support/log-records.js'

type Body = ReadableLogRecord['body']

function decoded(fields: Partial<ReadableLogRecord>): DecodedLogRecord {
  const line = otlpJsonLine(logRecord(fields))
  ok(line.endsWith('\n'))
  equal(line.indexOf('\n'), line.length - 1, 'one line')
  const [first, ...others] = decodeJson(line)
  ok(first)
  equal(others.length, 0)
  return first
}

const bodyOf = (body: Body): ExactValue | undefined => decoded({ body }).exactBody

/** A value of no type that OpenTelemetry has, as JavaScript lets it through. */
function foreign(value: unknown): ExactValue | undefined {
  const attributes: ReadableLogRecord['attributes'] = {}
  Reflect.set(attributes, 'foreign', value)
  return decoded({ attributes }).exactAttributes[0]?.[1]
}

const text = (value: string): ExactValue => ({ kind: 'string', value })

describe('A line of OTLP-JSON', () => {
  it('holds all that a record has, as a decoder that is not ours reads it', () => {
    const read = decoded({
      hrTime: [1_700_000_000, 7],
      hrTimeObserved: [1_700_000_001, 123_456_789],
      severityNumber: SeverityNumber.WARN2,
      severityText: 'warn',
      eventName: 'order.placed',
      body: 'placed',
      attributes: { customer: 'c1' },
      droppedAttributesCount: 3,
      spanContext: { traceId: '0AF7651916CD43DD8448EB211C80319C', spanId: 'B7AD6B7169203331', traceFlags: 1 },
      resource: resourceFromAttributes({ 'service.name': 'shop' }, { schemaUrl: 'https://example.test/r' }),
      instrumentationScope: {
        name: 'shop.orders',
        version: '2.0',
        schemaUrl: 'https://example.test/s',
        attributes: { tier: 1 },
      },
    })
    equal(read.time, 1_700_000_000_000_000_007n)
    equal(read.observedTime, 1_700_000_001_123_456_789n)
    equal(read.severityNumber, 14)
    equal(read.severityText, 'warn')
    equal(read.eventName, 'order.placed')
    equal(read.body, 'placed')
    deepEqual(read.attributes, { customer: 'c1' })
    equal(read.droppedAttributesCount, 3)
    equal(read.traceId, '0af7651916cd43dd8448eb211c80319c')
    equal(read.spanId, 'b7ad6b7169203331')
    equal(read.flags, 1)
    deepEqual(read.resource.attributes, { 'service.name': 'shop' })
    equal(read.resource.schemaUrl, 'https://example.test/r')
    equal(read.scope.name, 'shop.orders')
    equal(read.scope.version, '2.0')
    equal(read.scope.schemaUrl, 'https://example.test/s')
    deepEqual(read.scope.attributes, { tier: 1 })
  })

  it('leaves out what a record does not say', () => {
    const line = otlpJsonLine(logRecord({ hrTime: [0, 0], hrTimeObserved: [0, 0], body: undefined }))
    for (const name of ['imeUnixNano', 'severity', 'body', 'eventName', 'traceId', 'dropped', 'schemaUrl']) {
      ok(!line.includes(name), name)
    }
  })

  it('carries a nanosecond part that was rounded up to a full second, and leaves out times that are none', () => {
    equal(decoded({ hrTime: [1, 1_000_000_000] }).time, 2_000_000_000n)
    equal(decoded({ hrTime: [0, 5] }).time, 5n)
    equal(decoded({ hrTime: [Number.NaN, 0] }).time, 0n)
    equal(decoded({ hrTime: [-5, 0] }).time, 0n)
  })

  it('has ids in lower-case hex', () => {
    const spanContext = {
      traceId: '0AF7651916CD43DD8448EB211C80319C',
      spanId: 'B7AD6B7169203331',
      traceFlags: 1,
    }
    match(
      otlpJsonLine(logRecord({ spanContext })),
      /"traceId":"0af7[0-9a-f]{28}","spanId":"b7ad[0-9a-f]{12}"/,
    )
  })

  it('leaves out ids that are none', () => {
    const read = decoded({ spanContext: { traceId: '"},{', spanId: 'b7ad6b7169203331', traceFlags: 1 } })
    deepEqual([read.traceId, read.spanId, read.flags], ['', '', 0])
  })

  it('has every kind of value', () => {
    deepEqual(bodyOf('a'), text('a'))
    deepEqual(bodyOf(true), { kind: 'bool', value: true })
    deepEqual(bodyOf(42), { kind: 'int', value: 42n })
    deepEqual(bodyOf(0.5), { kind: 'double', value: 0.5 })
    deepEqual(bodyOf(null), { kind: 'empty' })
    equal(bodyOf(undefined), undefined)
    deepEqual(bodyOf([1, [null, 'x']]), {
      kind: 'array',
      value: [
        { kind: 'int', value: 1n },
        { kind: 'array', value: [{ kind: 'empty' }, text('x')] },
      ],
    })
    deepEqual(bodyOf({ a: { b: undefined }, '': [] }), {
      kind: 'map',
      value: [
        ['a', { kind: 'map', value: [['b', { kind: 'empty' }]] }],
        ['', { kind: 'array', value: [] }],
      ],
    })
    const bytes = bodyOf(new Uint8Array([0, 255, 10]))
    ok(bytes?.kind === 'bytes')
    deepEqual([...bytes.value], [0, 255, 10])
  })

  it('keeps the numbers that JSON has no digits for, and those a double cannot count to', () => {
    deepEqual(bodyOf(-0), { kind: 'double', value: -0 })
    deepEqual(bodyOf(Number.NaN), { kind: 'double', value: Number.NaN })
    deepEqual(bodyOf(-Infinity), { kind: 'double', value: -Infinity })
    deepEqual(bodyOf(2 ** 62), { kind: 'int', value: 2n ** 62n })
    deepEqual(bodyOf(-(2 ** 63)), { kind: 'int', value: -(2n ** 63n) })
    deepEqual(bodyOf(2 ** 63), { kind: 'double', value: 2 ** 63 })
  })

  it('takes unknown kinds of values for the nearest known one', () => {
    deepEqual(foreign(2n ** 60n), { kind: 'int', value: 2n ** 60n })
    deepEqual(foreign(2n ** 64n), text('18446744073709551616'))
    deepEqual(foreign(new Date(0)), text('1970-01-01T00:00:00.000Z'))
    deepEqual(foreign(new Date(Number.NaN)), text('Invalid Date'))
    deepEqual(
      foreign(() => 1),
      text('[function]'),
    )
    deepEqual(foreign(Symbol('s')), text('[symbol]'))
    deepEqual(foreign(new Map([['k', 1]])), { kind: 'map', value: [['k', { kind: 'int', value: 1n }]] })
    deepEqual(foreign(new Set(['v'])), { kind: 'array', value: [text('v')] })
    const error = foreign(new TypeError('boom', { cause: 'why' }))
    ok(error?.kind === 'map')
    deepEqual(
      error.value.map(([key]) => key),
      ['name', 'message', 'stack', 'cause'],
    )
  })

  it('cuts circles and endless depth', () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    deepEqual(foreign(circle), { kind: 'map', value: [['self', text('[circular]')]] })
    let deep: unknown = 'bottom'
    for (let depth = 0; depth < 100; depth++) deep = [deep]
    ok(
      JSON.stringify(foreign(deep), (_, value) => (typeof value === 'bigint' ? '' : value)).includes(
        '[too deep]',
      ),
    )
  })

  it('refuses a record whose shared parts would make it endless', () => {
    let shared: unknown = 'leaf'
    for (let depth = 0; depth < 40; depth++) shared = [shared, shared]
    let thrown: unknown
    try {
      foreign(shared)
    } catch (error) {
      thrown = error
    }
    ok(thrown instanceof RangeError)
  })

  it('writes a resource anew while its attributes are pending, and only once afterwards', async () => {
    let detected: (value: string) => void = () => {}
    const host = new Promise<string>((resolve) => {
      detected = resolve
    })
    const pending = resourceFromAttributes({ 'service.name': 'shop', 'host.name': host })
    let reads = 0
    const resource = new Proxy(pending, {
      get(target, name) {
        if (name === 'attributes') reads++
        return Reflect.get(target, name, target)
      },
    })
    equal(decoded({ resource }).resource.attributes['host.name'], undefined)
    detected('h1')
    await pending.waitForAsyncAttributes?.()
    equal(decoded({ resource }).resource.attributes['host.name'], 'h1')
    equal(decoded({ resource }).resource.attributes['host.name'], 'h1')
    equal(reads, 2)
  })

  it('is one line of JSON from which any value is read back, whatever the text in it', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 12 })
    const { value: anyValue } = fc.letrec<{ value: Body }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.oneof(anyText, fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.uint8Array()),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(anyText, tie('value'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(anyValue, anyText, anyText, (body, eventName, name) => {
        const instrumentationScope = { name }
        const line = otlpJsonLine(logRecord({ body, eventName, instrumentationScope }))
        equal(line.search(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u), line.length - 1)
        const read = decoded({ body, eventName, instrumentationScope })
        deepEqual(read.exactBody, exact(body))
        equal(read.eventName, eventName.toWellFormed())
        equal(read.scope.name, name.toWellFormed())
      }),
      { numRuns: 300 },
    )
  })

  it('makes ill-formed text well formed, keys included', () => {
    const read = decoded({ body: 'a\ud800b', attributes: { 'k\udfff': 'v' } })
    equal(read.body, 'a\ufffdb')
    deepEqual(read.attributes, { 'k\ufffd': 'v' })
  })
})

/** What the decoder should read for a value: written down here once more, not asked of the code under test. */
function exact(value: Body): ExactValue {
  if (value === null || value === undefined) return { kind: 'empty' }
  if (typeof value === 'string') return text(value.toWellFormed())
  if (typeof value === 'boolean') return { kind: 'bool', value }
  if (typeof value === 'number') {
    const isInt = Number.isInteger(value) && !Object.is(value, -0) && value >= -(2 ** 63) && value < 2 ** 63
    return isInt ? { kind: 'int', value: BigInt(value) } : { kind: 'double', value }
  }
  if (value instanceof Uint8Array) return { kind: 'bytes', value }
  if (Array.isArray(value)) return { kind: 'array', value: value.map(exact) }
  return {
    kind: 'map',
    value: Object.entries(value).map(([key, item]) => [key.toWellFormed(), exact(item)] as const),
  }
}
