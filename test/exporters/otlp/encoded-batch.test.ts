import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { EncodedBatch } from '#src/exporters/otlp/encoded-batch.js'

/** Six records of one to six bytes, in three contexts. */
const BATCH = new EncodedBatch(new Uint8Array(21), Uint32Array.of(0, 1, 3, 6, 10, 15, 21), [
  { context: 'a', from: 0, to: 2 },
  { context: 'b', from: 2, to: 3 },
  { context: 'c', from: 3, to: 6 },
])

describe('EncodedBatch', () => {
  it('gives each record with its bytes and its context', () => {
    strictEqual(BATCH.length, 6)
    deepStrictEqual(
      Array.from(BATCH.records(), ({ start, end, context }) => `${context} ${start}-${end}`),
      ['a 0-1', 'a 1-3', 'b 3-6', 'c 6-10', 'c 10-15', 'c 15-21'],
    )
  })

  it('gives the same records of each part of it, whatever runs that cuts', () => {
    const all = [...BATCH.records()]
    for (let from = 0; from <= all.length; from++) {
      for (let to = from; to <= all.length; to++) {
        const part = BATCH.slice(from, to)
        deepStrictEqual([...part.records()], all.slice(from, to))
        strictEqual(part.length, to - from)
        deepStrictEqual(
          [...part.slice(part.length >> 1).records()],
          all.slice(from, to).slice(part.length >> 1),
        )
      }
    }
  })
})
