import assert from 'node:assert/strict'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { LogRecordEncoder } from '#src/exporters/otlp/log-record-encoder.js'
import { ProtobufWriter } from '#src/exporters/otlp/protobuf-writer.js'
import { logRecord } from '../../support/log-records.js'

function encoderWithMemory(): (record: ReadableLogRecord) => Buffer {
  const memory = new ArrayBuffer(1_024)
  const writer = new ProtobufWriter(memory)
  const encoder = new LogRecordEncoder(writer)
  return (record) => {
    writer.begin(0, memory.byteLength)
    encoder.encode(record)
    return Buffer.from(memory.slice(0, writer.position))
  }
}

/** What a caller without types may pass. */
const HOSTILE = {
  toString() {
    throw new Error('no text')
  },
}
const numbers = fc.constantFrom<unknown>(
  undefined,
  0,
  -0,
  1,
  9,
  24,
  25,
  -1,
  1.5,
  2 ** 40,
  Number.NaN,
  '9',
  'length',
  HOSTILE,
)
const texts = fc.constantFrom<unknown>(
  undefined,
  '',
  'info',
  'INFO',
  'é',
  '\ud800',
  'x'.repeat(16),
  'x'.repeat(17),
  9,
  null,
)
const records = fc
  .tuple(numbers, texts)
  .map(([severityNumber, severityText]) => Object.assign(logRecord(), { severityNumber, severityText }))

describe('An encoder that has seen severities before', () => {
  it('writes the very bytes that one writes which has not, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 2, maxLength: 40 }), (many) => {
        const encode = encoderWithMemory()
        for (const record of many) assert.deepEqual(encode(record), encoderWithMemory()(record))
      }),
      { numRuns: 500 },
    )
  })

  it('takes the text of each record, not that of the first with its number', () => {
    const encode = encoderWithMemory()
    const textOf = (severityText: string) => encode(logRecord({ severityNumber: 9, severityText }))
    assert.ok(textOf('first').includes('first'))
    assert.ok(textOf('second').includes('second'))
    assert.ok(textOf('first').includes('first'))
  })
})
