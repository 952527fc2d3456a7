import assert from 'node:assert/strict'
import fc from 'fast-check'
import { LogRecordEncoder } from '#src/exporters/otlp/log-record-encoder.js'
import { NO_ROOM, ProtobufWriter } from '#src/exporters/otlp/protobuf-writer.js'
import { logRecord } from '../../support/log-records.js'

const ROOM = 256 * 1024

/** An encoder, and what it makes of a record with these attributes. */
function encoderWithMemory(): (attributes: Record<string, unknown>, room?: number) => Buffer | undefined {
  const memory = new ArrayBuffer(ROOM)
  const writer = new ProtobufWriter(memory)
  const encoder = new LogRecordEncoder(writer)
  return (attributes, room = ROOM) => {
    writer.begin(0, room)
    try {
      encoder.encode(Object.assign(logRecord(), { attributes, body: undefined }))
    } catch (error) {
      if (error !== NO_ROOM) throw error
      return undefined
    }
    return Buffer.from(memory.slice(0, writer.position))
  }
}

/** Values that are easily taken for one another. */
const VALUES = [
  0,
  -0,
  1,
  '1',
  true,
  false,
  'true',
  '',
  'é',
  'e\u0301',
  '\ud800',
  '\ufffd',
  Number.NaN,
  Number.POSITIVE_INFINITY,
  0.5,
  -1e-300,
  // As an integer, ff 7f: behind a name of eight characters, the end of eight bytes that are a NaN.
  0x3fff,
  2 ** 53,
  2 ** 63,
]
const OTHERS = [null, undefined, 1n, [1], [], { a: 1 }, { a: '1' }, 'x'.repeat(200), 'y'.repeat(60)]
const attributes = fc.dictionary(
  fc.constantFrom(
    'a',
    'b',
    'eightish',
    'schlüssel',
    '鍵'.repeat(42),
    '鍵'.repeat(64),
    'k'.repeat(80),
    '__proto__',
  ),
  fc.constantFrom<unknown>(...VALUES, ...OTHERS),
  { maxKeys: 4 },
)

describe('An encoder that has seen attributes before', () => {
  it('writes the very bytes that one writes which has not, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(attributes, { minLength: 2, maxLength: 40 }), (records) => {
        const encode = encoderWithMemory()
        for (const record of records) assert.deepEqual(encode(record), encoderWithMemory()(record))
      }),
      { numRuns: 300 },
    )
  })

  it('remembers nothing wrong of a record that did not fit', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(attributes, fc.nat(200)), { minLength: 2, maxLength: 40 }), (records) => {
        const encode = encoderWithMemory()
        for (const [record, room] of records) {
          encode(record, room)
          assert.deepEqual(encode(record), encoderWithMemory()(record))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('goes on with names and values beyond those that it keeps', () => {
    const encode = encoderWithMemory()
    for (let i = 0; i < 3_000; i++) {
      const record = { [`name ${i}`]: i, same: 'value', other: `value ${i}` }
      assert.deepEqual(encode(record), encoderWithMemory()(record))
    }
  })

  it('writes names in the order of each record, whichever came last time', () => {
    const encode = encoderWithMemory()
    const orders = ['abc', 'abc', 'acb', 'b', 'abcd', 'cab', '', 'ba']
    for (const order of orders) {
      const record = Object.fromEntries([...order].map((name) => [name, name]))
      assert.deepEqual(encode(record), encoderWithMemory()(record))
    }
  })

  it('counts a value that it remembers among those that a record may have', () => {
    const encode = encoderWithMemory()
    const many = { list: Array.from({ length: 65_533 }), same: 'value' }
    encode({ same: 'value' })
    assert.ok(encode({ ...many, another: 1 }))
    assert.throws(() => encode({ ...many, another: 1, third: 1 }), /at most 65536 values/)
  })
})
