import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict'
import { decodeJson, decodeProtobuf } from './decode-otlp.js'

/** An OTLP/JSON request of one record. */
function request(logRecord: object): string {
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [logRecord] }] }] })
}

function decodeOne(logRecord: object) {
  const [record, ...others] = decodeJson(request(logRecord))
  strictEqual(others.length, 0)
  if (!record) throw new Error('no record was decoded')
  return record
}

/** A protobuf field of the wire type 2: bytes, text or a message. */
function field(number: number, ...contents: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents)
  return Buffer.concat([Uint8Array.of((number << 3) | 2, content.length), content])
}

/** A protobuf request of one record, whose body is an AnyValue of these bytes. */
function protobufRequest(...body: Uint8Array[]): Uint8Array {
  return field(1, field(2, field(2, field(5, ...body))))
}

describe('the OTLP decoder of the tests', () => {
  it('refuses what is not an OTLP request', () => {
    throws(() => decodeJson('{"resourceLogs": 1}'), TypeError)
    throws(() => decodeJson('{'), SyntaxError)
    throws(() => decodeProtobuf(Uint8Array.of(0x0a, 0x20, 0x01)), RangeError)
  })

  it('refuses ids that are not in hex, such as the base64 of the protobuf JSON rules', () => {
    throws(() => decodeOne({ traceId: 'W47/95gDgQPSabYzgT/GDA==' }), /traceId is not in hex/)
    throws(() => decodeOne({ spanId: 'abc' }), /spanId is not in hex/)
  })

  it('refuses ill-formed text, in JSON and in protobuf', () => {
    throws(() => decodeOne({ body: { stringValue: '\ud800' } }), /well-formed/)
    throws(() => decodeOne({ attributes: [{ key: '\udc00', value: {} }] }), /well-formed/)
    throws(() => decodeProtobuf(protobufRequest(field(1, Uint8Array.of(0xed, 0xa0, 0x80)))), /well-formed/)
  })

  it('refuses a value that is two values', () => {
    throws(() => decodeOne({ body: { stringValue: 'a', intValue: '1' } }), /more than one value/)
    throws(() => decodeProtobuf(protobufRequest(field(1, Buffer.from('a')), field(7))), /more than one value/)
  })

  it('keeps 64-bit integers exact, as plain numbers where these are exact', () => {
    const { time, body, attributes, exactBody } = decodeOne({
      timeUnixNano: '1700000000123456789',
      body: { intValue: '-9223372036854775808' },
      attributes: [{ key: 'small', value: { intValue: '-7' } }],
    })
    strictEqual(time, 1_700_000_000_123_456_789n)
    strictEqual(body, -(2n ** 63n))
    deepStrictEqual(exactBody, { kind: 'int', value: -(2n ** 63n) })
    deepStrictEqual(attributes, { small: -7 })
  })

  it('tells no body, an empty value and an empty text apart', () => {
    strictEqual(decodeOne({}).body, undefined)
    strictEqual(decodeOne({}).exactBody, undefined)
    strictEqual(decodeOne({ body: {} }).body, null)
    deepStrictEqual(decodeOne({ body: {} }).exactBody, { kind: 'empty' })
    strictEqual(decodeOne({ body: { stringValue: '' } }).body, '')
    strictEqual(decodeProtobuf(protobufRequest())[0]?.body, null)
    strictEqual(decodeProtobuf(protobufRequest(field(1)))[0]?.body, '')
  })

  it('tells integers from doubles of the same value', () => {
    deepStrictEqual(decodeOne({ body: { intValue: 1 } }).exactBody, { kind: 'int', value: 1n })
    deepStrictEqual(decodeOne({ body: { doubleValue: 1 } }).exactBody, { kind: 'double', value: 1 })
    deepStrictEqual(decodeOne({ body: { doubleValue: '-Infinity' } }).body, -Infinity)
  })

  it('keeps the order of a map, and a key that was sent twice', () => {
    const attribute = (key: string, intValue: number) => ({ key, value: { intValue } })
    const record = decodeOne({
      attributes: [attribute('b', 1), attribute('__proto__', 2), attribute('b', 3)],
    })
    deepStrictEqual(
      record.exactAttributes.map(([key, value]) => [key, 'value' in value && value.value]),
      [
        ['b', 1n],
        ['__proto__', 2n],
        ['b', 3n],
      ],
    )
    deepStrictEqual(Object.entries(record.attributes), [
      ['b', 3],
      ['__proto__', 2],
    ])
  })

  it('gives bytes, arrays and nested maps as plain JavaScript', () => {
    const record = decodeOne({
      body: {
        kvlistValue: {
          values: [
            { key: 'bytes', value: { bytesValue: Buffer.of(0, 255).toString('base64') } },
            {
              key: 'array',
              value: { arrayValue: { values: [{}, { boolValue: false }, { arrayValue: {} }] } },
            },
            { key: 'map', value: { kvlistValue: {} } },
          ],
        },
      },
    })
    deepStrictEqual(record.body, { bytes: Uint8Array.of(0, 255), array: [null, false, []], map: {} })
  })

  it('gives ids as hex, and everything else a record, its scope and its resource carry', () => {
    const traceId = '5b8efff798038103d269b633813fc60c'
    const attributes = [{ key: 'k', value: { stringValue: 'v' } }]
    const records = decodeJson(
      JSON.stringify({
        resourceLogs: [
          {
            resource: { attributes },
            schemaUrl: 'of-resource',
            scopeLogs: [
              {
                scope: { name: 'scope', version: '1', attributes },
                schemaUrl: 'of-scope',
                logRecords: [
                  {
                    observedTimeUnixNano: '5',
                    severityNumber: 17,
                    severityText: 'error',
                    eventName: 'event',
                    flags: 1,
                    traceId,
                    spanId: 'EEE19B7EC3C1B174',
                    droppedAttributesCount: 2,
                  },
                ],
              },
            ],
          },
        ],
      }),
    )
    const exactAttributes = [['k', { kind: 'string', value: 'v' }]]
    deepStrictEqual(records, [
      {
        resource: { attributes: { k: 'v' }, exactAttributes, schemaUrl: 'of-resource' },
        scope: {
          name: 'scope',
          version: '1',
          attributes: { k: 'v' },
          exactAttributes,
          schemaUrl: 'of-scope',
        },
        time: 0n,
        observedTime: 5n,
        severityNumber: 17,
        severityText: 'error',
        eventName: 'event',
        body: undefined,
        exactBody: undefined,
        attributes: {},
        exactAttributes: [],
        droppedAttributesCount: 2,
        traceId,
        spanId: 'eee19b7ec3c1b174',
        flags: 1,
      },
    ])
  })
})
