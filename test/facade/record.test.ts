import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { createTelemetry, type Telemetry, type TelemetryOptions } from 'otel-sluice'
import type { DecodedLogRecord } from '../support/decode-otlp.js'
import { OtlpReceiver } from '../support/otlp-receiver.js'

/** The source of this file: where it was compiled to is of no interest to anybody. */
const HERE = fileURLToPath(new URL('../../../test/facade/record.test.ts', import.meta.url))

describe('a call of the facade, as the OTLP record that a receiver gets', () => {
  let receiver: OtlpReceiver

  before(async () => {
    receiver = await OtlpReceiver.start()
  })

  after(() => receiver.close())

  async function received(
    calls: (telemetry: Telemetry) => unknown,
    options: TelemetryOptions = {},
  ): Promise<DecodedLogRecord[]> {
    receiver.records.length = 0
    const telemetry = createTelemetry({ minLevel: 'trace', ...options })
    telemetry.addHandler('otlp', new OTLPLogExporter({ url: receiver.url }))
    await calls(telemetry)
    assert.deepEqual(await telemetry.shutdownTelemetry(), { otlp: { ok: true } })
    return [...receiver.records]
  }

  async function receivedOne(
    call: (telemetry: Telemetry) => void,
    options: TelemetryOptions = {},
  ): Promise<DecodedLogRecord> {
    const [record, ...others] = await received(call, options)
    assert.ok(record)
    assert.deepEqual(others, [])
    return record
  }

  const levels = [
    ['trace', 1],
    ['debug', 5],
    ['info', 9],
    ['warn', 13],
    ['error', 17],
    ['fatal', 21],
    ['report', 12],
  ] as const

  for (const [level, severityNumber] of levels) {
    it(`level ${level}: severity number ${severityNumber}, and the level's name as the text`, async () => {
      const records = await received(({ log }) => {
        log(level, 'by name')
        log[level]('by method')
        log({ level, message: 'by field' })
      })
      assert.deepEqual(
        records.map((record) => [record.body, record.severityNumber, record.severityText]),
        [
          ['by name', severityNumber, level],
          ['by method', severityNumber, level],
          ['by field', severityNumber, level],
        ],
      )
    })
  }

  it('a number as the level: that severity number, without a text', async () => {
    const record = await receivedOne(({ log }) => log(15, 'message'))
    assert.deepEqual([record.severityNumber, record.severityText], [15, ''])
  })

  it('a message: the body', async () => {
    const record = await receivedOne(({ log }) => log('info', 'message'))
    assert.equal(record.body, 'message')
  })

  it('no message: no body', async () => {
    const record = await receivedOne(({ log }) => log('info'))
    assert.equal(record.body, undefined)
  })

  it('a function as the message: its result is the body', async () => {
    const record = await receivedOne(({ log }) => log('info', () => 'made when wanted'))
    assert.equal(record.body, 'made when wanted')
  })

  it('data: attributes, with nested values kept', async () => {
    const record = await receivedOne(({ log }) =>
      log('info', 'message', {
        text: 'a',
        whole: 42,
        fraction: 1.5,
        flag: true,
        nothing: null,
        bytes: new Uint8Array([1, 2]),
        list: ['a', 1, ['b']],
        nested: { deep: { deeper: [{ value: 1 }] } },
      }),
    )
    assert.deepEqual(record.attributes, {
      text: 'a',
      whole: 42,
      fraction: 1.5,
      flag: true,
      nothing: null,
      bytes: new Uint8Array([1, 2]),
      list: ['a', 1, ['b']],
      nested: { deep: { deeper: [{ value: 1 }] } },
    })
  })

  it('data of types that OpenTelemetry lacks: the nearest it has', async () => {
    const record = await receivedOne(({ log }) =>
      log('info', 'message', {
        date: new Date(0),
        big: 2n ** 64n,
        map: new Map([['key', new Set([1, 2])]]),
        get broken() {
          throw new Error('cannot be read')
        },
      }),
    )
    assert.deepEqual(record.attributes, {
      date: '1970-01-01T00:00:00.000Z',
      big: '18446744073709551616',
      map: { key: [1, 2] },
      broken: '[unreadable]',
    })
  })

  it('event(id): the event name, and the time it happened', async () => {
    const start = BigInt(Date.now()) * 1_000_000n
    const record = await receivedOne(({ event }) => event('order.placed', { items: 3 }))
    assert.equal(record.eventName, 'order.placed')
    assert.equal(record.severityNumber, 9)
    assert.deepEqual(record.attributes, { items: 3 })
    assert.ok(record.time >= start && record.time <= BigInt(Date.now()) * 1_000_000n)
  })

  it('event(level, id): the same, at that level', async () => {
    const record = await receivedOne(({ event }) => event('warn', 'disk.full', { free: 0 }))
    assert.deepEqual(
      [record.eventName, record.severityText, record.attributes],
      ['disk.full', 'warn', { free: 0 }],
    )
  })

  it('error(err): type, message and stack trace of the exception', async () => {
    const error = new RangeError('too far')
    const record = await receivedOne((telemetry) => telemetry.error(error, { order: 17 }))
    assert.deepEqual([record.severityNumber, record.severityText, record.body], [17, 'error', 'too far'])
    assert.deepEqual(record.attributes, {
      'exception.type': 'RangeError',
      'exception.message': 'too far',
      'exception.stacktrace': error.stack,
      order: 17,
    })
  })

  it("error(err): the user's own attributes win", async () => {
    const record = await receivedOne((telemetry) =>
      telemetry.error(new Error('secret'), {
        'exception.type': 'Mine',
        'exception.message': 'redacted',
        'exception.stacktrace': 'none',
      }),
    )
    assert.deepEqual(record.attributes, {
      'exception.type': 'Mine',
      'exception.message': 'redacted',
      'exception.stacktrace': 'none',
    })
  })

  it('ns: the name of the instrumentation scope', async () => {
    const records = await received((telemetry) => {
      telemetry.logger('shop.cart').log('info', 'by logger')
      telemetry.log({ message: 'by field', ns: 'shop.till' })
      telemetry.log('info', 'without')
    })
    assert.deepEqual(records.map((record) => [record.body, record.scope.name]).sort(), [
      ['by field', 'shop.till'],
      ['by logger', 'shop.cart'],
      ['without', 'otel-sluice'],
    ])
  })

  it("location 'all': file, line and function of the call", async () => {
    const record = await receivedOne(({ log }) => placeOrder(log), { location: 'all' })
    assert.equal(record.attributes['code.file.path'], HERE)
    assert.equal(record.attributes['code.line.number'], PLACE_ORDER_LINE)
    assert.equal(record.attributes['code.function.name'], 'placeOrder')
  })

  it("location 'all': for a run, where it began", async () => {
    const records = await received(
      async ({ trace, spy, catchToError }) => {
        trace('sync', () => 1)
        catchToError('sync', () => assert.fail('thrown'))
        await trace('async', async () => 1)
        await spy('info', async () => 1)
        await catchToError('async', async () => assert.fail('thrown'))
      },
      { location: 'all' },
    )
    assert.equal(records.length, 5)
    for (const { attributes } of records) {
      assert.equal(attributes['code.file.path'], HERE)
    }
  })

  it("location 'errors': from level error on, reports included", async () => {
    const records = await received(
      ({ log, event, error }) => {
        log.warn('without')
        event('without')
        log.error('with')
        log('report', 'with')
        event('fatal', 'with')
        error('with')
      },
      { location: 'errors' },
    )
    const withLocation = records.map((record) => 'code.line.number' in record.attributes)
    assert.deepEqual(withLocation, [false, false, true, true, true, true])
  })

  it("location 'off', the default: none", async () => {
    const record = await receivedOne(({ error }) => error('message'))
    assert.deepEqual(record.attributes, { 'exception.message': 'message' })
  })

  it('the resource and the limits that were given', async () => {
    const record = await receivedOne(({ log }) => log('info', 'message', { a: 'four', b: 'dropped' }), {
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      logRecordLimits: { attributeCountLimit: 1, attributeValueLengthLimit: 2 },
    })
    assert.deepEqual(record.resource.attributes, { 'service.name': 'shop' })
    assert.deepEqual(record.attributes, { a: 'fo' })
    assert.equal(record.droppedAttributesCount, 1)
  })

  describe('inside an active span', () => {
    before(() => {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    })

    after(() => context.disable())

    const calls: [string, (telemetry: Telemetry) => void][] = [
      ['log(level)', ({ log }) => log('info', 'message')],
      ['log.warn', ({ log }) => log.warn('message')],
      ['log({})', ({ log }) => log({ message: 'message' })],
      ['event', ({ event }) => event('id')],
      ['error', ({ error }) => error(new Error('message'))],
      ['logger(ns).log', ({ logger }) => logger('ns').log('info', 'message')],
    ]

    for (const [name, call] of calls) {
      it(`${name}: trace id, span id and flags`, async () => {
        const span = new BasicTracerProvider().getTracer('test').startSpan('work')
        const record = await receivedOne((telemetry) => {
          context.with(trace.setSpan(context.active(), span), () => call(telemetry))
        })
        const { traceId, spanId, traceFlags } = span.spanContext()
        assert.deepEqual([record.traceId, record.spanId, record.flags & 0xff], [traceId, spanId, traceFlags])
      })
    }
  })
})

function placeOrder(log: Telemetry['log']): void {
  log('info', 'placed')
}
/** Where in the source that call is. */
const PLACE_ORDER_LINE = placeOrderLine()

function placeOrderLine(): number {
  const lines = readFileSync(HERE, 'utf8').split('\n')
  return lines.findIndex((line) => line.startsWith('function placeOrder(')) + 2
}
