import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encodeField } from '#src/exporters/otlp/encoded-field.js'
import { ProtobufWriter } from '#src/exporters/otlp/protobuf-writer.js'

const ROOM = 256
const TAG = 0x0a
const OTHER_TAG = 0x12

const bytesField = (bytes: Uint8Array) => encodeField(ROOM, (writer) => writer.bytes(TAG, bytes))

describe('An encoded field', () => {
  it('is not kept if eight of its bytes are a NaN, whose bits need not survive', () => {
    // Behind the length, the seventh and eighth byte of the field.
    assert.equal(bytesField(Uint8Array.of(1, 2, 3, 4, 5, 0xf8, 0x7f)), undefined)
    assert.equal(bytesField(Uint8Array.of(1, 2, 3, 4, 5, 0xf0, 0xff)), undefined)
    assert.ok(bytesField(Uint8Array.of(1, 2, 3, 4, 0xf8, 0x7f, 5)))
  })

  it('is written with any tag, and nothing behind it counts, whatever its bytes and its length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(16), (bytes, start) => {
        const field = bytesField(bytes)
        if (field === undefined) return
        const memory = new Uint8Array(2 * ROOM)
        const writer = new ProtobufWriter(memory.buffer)
        writer.begin(start, memory.length)
        writer.field(OTHER_TAG, field)
        writer.bool(TAG, true)
        const expected = [OTHER_TAG, bytes.length, ...bytes, TAG, 1]
        assert.deepEqual([...memory.subarray(start, writer.position)], expected)
      }),
      { numRuns: 300 },
    )
  })
})
