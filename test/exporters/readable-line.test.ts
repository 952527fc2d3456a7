import { equal, match } from 'node:assert/strict'
import { SeverityNumber } from '@opentelemetry/api-logs'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { readableLine } from '#src/exporters/readable-line.js'
import { logRecord } from '../support/log-records.js'

const TIME = '2023-11-14T22:13:20.123Z'
const hrTime: [number, number] = [1_700_000_000, 123_000_000]

/** The line of a record that has, besides what is given, only a time and the scope `test`. */
function line(fields: Partial<ReadableLogRecord>): string {
  return readableLine(logRecord({ body: undefined, ...fields }))
}

describe('A readable line', () => {
  it('has time, level, scope, event name, message and data, in this order', () => {
    const written = line({
      hrTime,
      severityText: 'report',
      severityNumber: SeverityNumber.INFO4,
      instrumentationScope: { name: 'shop.orders' },
      eventName: 'order.placed',
      body: 'two items',
      attributes: { customer: 'a b', 'items.count': 2, 'a key': [1.5, null, true] },
    })
    equal(
      written,
      `${TIME} REPORT shop.orders [order.placed] two items {customer: "a b", items.count: 2, "a key": [1.5, null, true]}\n`,
    )
  })

  it('names the range of a severity number that has no text', () => {
    const level = (severityNumber: SeverityNumber) => line({ severityNumber }).split(' ')[1]
    equal(level(SeverityNumber.TRACE), 'TRACE')
    equal(level(SeverityNumber.TRACE4), 'TRACE')
    equal(level(SeverityNumber.DEBUG), 'DEBUG')
    equal(level(SeverityNumber.INFO4), 'INFO')
    equal(level(SeverityNumber.WARN), 'WARN')
    equal(level(SeverityNumber.ERROR3), 'ERROR')
    equal(level(SeverityNumber.FATAL4), 'FATAL')
    equal(level(SeverityNumber.UNSPECIFIED), '-')
  })

  it('keeps the places of time, level and scope when a record does not say them', () => {
    const nothing: [number, number] = [0, 0]
    equal(line({ hrTime: nothing, hrTimeObserved: nothing, instrumentationScope: { name: '' } }), '- - -\n')
    equal(line({ hrTime: nothing, hrTimeObserved: hrTime }), `${TIME} - test\n`)
  })

  it('shows a body that is not text as it shows data', () => {
    const body = { n: -0, bytes: new Uint8Array([1, 2]), text: 'x' }
    equal(line({ hrTime, body }), `${TIME} - test {n: -0, bytes: base64"AQI=", text: "x"}\n`)
  })

  it('ends with the exception, its stack on the same line', () => {
    const attributes = {
      'exception.type': 'TypeError',
      'exception.message': 'boom',
      'exception.stacktrace': 'TypeError: boom\n    at f (file.js:1:2)',
      order: 7,
    }
    equal(
      line({ hrTime, body: 'failed', attributes }),
      `${TIME} - test failed {order: 7} TypeError: boom\\n    at f (file.js:1:2)\n`,
    )
  })

  it('names type and message itself where the stack does not', () => {
    const attributes = { 'exception.type': 'E', 'exception.message': 'boom', 'exception.stacktrace': 'at f' }
    equal(line({ hrTime, attributes }), `${TIME} - test E: boom at f\n`)
    equal(line({ hrTime, attributes: { 'exception.message': 'boom' } }), `${TIME} - test boom\n`)
  })

  it('lets no control character out of any part: no forged line, no terminal code, no turned direction', () => {
    const hostile = 'x\n2023 INFO forged\r\t\u001b[2J\u007f\u009b1m\u2028\u2029\u202e\u2066\u0000'
    const written = line({
      hrTime,
      severityText: hostile,
      instrumentationScope: { name: hostile },
      eventName: hostile,
      body: hostile,
      attributes: {
        [hostile]: { [hostile]: [hostile] },
        'exception.type': hostile,
        'exception.stacktrace': hostile,
      },
    })
    match(written, /^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]*\n$/u)
    match(written, /x\\n2023 INFO forged\\r\\t\\u001b\[2J\\u007f\\u009b1m\\u2028\\u2029\\u202e\\u2066\\u0000/)
  })

  it('is one line, whatever the text in it', () => {
    const anyText = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, (name, eventName, body, key) => {
        const record = {
          instrumentationScope: { name },
          eventName,
          body,
          attributes: { [key]: body },
        }
        match(line(record), /^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]*\n$/u)
      }),
    )
  })
})
