import { ok, strictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { rejectedLogRecords } from '#src/exporters/otlp/export-response.js'
import { ExportLogsServiceResponse } from '../../../examples/websocket-service/otlp-messages.js'

const encoded = (rejectedLogRecords: number, errorMessage: string) =>
  ExportLogsServiceResponse.encode({ partialSuccess: { rejectedLogRecords, errorMessage } }).finish()

describe('the number of records that a response says were rejected', () => {
  it('is 0 for an answer that is no such message', () => {
    for (const text of [
      '',
      '\n',
      '{}',
      '{"partialSuccess":{"rejectedLogRecords":3}}',
      '<html></html>',
      'OK\n',
    ]) {
      strictEqual(rejectedLogRecords(Buffer.from(text)), 0, text)
    }
  })

  it('is 0 for a message that is cut short anywhere', () => {
    const whole = encoded(300, 'full')
    for (let length = 0; length < whole.length; length++) {
      strictEqual(rejectedLogRecords(whole.subarray(0, length)), 0)
    }
    strictEqual(rejectedLogRecords(whole), 300)
  })

  it('is 0 for a number that does not end, or is negative', () => {
    strictEqual(rejectedLogRecords(Uint8Array.of(0x0a, 2, 0x08, 0x80)), 0)
    strictEqual(rejectedLogRecords(Uint8Array.of(0x0a, 12, 0x08, ...Array(11).fill(0xff))), 0)
    strictEqual(rejectedLogRecords(Uint8Array.of(0x0a, 11, 0x08, ...Array(9).fill(0xff), 1)), 0)
  })

  it('is 0 where the number lies behind the end of its message', () => {
    strictEqual(rejectedLogRecords(Uint8Array.of(0x0a, 1, 0x08, 7)), 0)
  })

  it('is found among fields of every kind', () => {
    const others = [0x12, 2, 1, 2, 0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x28, 0xff, 1]
    strictEqual(rejectedLogRecords(Uint8Array.of(...others, 0x0a, 2, 0x08, 7, ...others)), 7)
  })

  it('is what any encoder wrote', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), (rejected, message) => {
        strictEqual(rejectedLogRecords(encoded(rejected, message)), rejected)
      }),
    )
  })

  it('is a whole number whatever the bytes are', () => {
    const fieldOf = (bytes: Uint8Array) => Uint8Array.of(0x0a, bytes.length, ...bytes)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        for (const response of [bytes, fieldOf(bytes), fieldOf(Uint8Array.of(0x08, ...bytes))]) {
          const rejected = rejectedLogRecords(response)
          ok(Number.isInteger(rejected) && rejected >= 0)
        }
      }),
      { numRuns: 10_000 },
    )
  })
})
