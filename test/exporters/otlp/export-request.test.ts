import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { type ContextRun, EncodedBatch, type EncodedContext } from '#src/exporters/otlp/encoded-batch.js'
import { exportRequest, exportRequestSize } from '#src/exporters/otlp/export-request.js'

const NOTHING = new Uint8Array()
const RESOURCE_LOGS = 0x0a
const SCOPE_LOGS = 0x12

/** Contexts whose pieces are of all lengths, from none to more than any record. */
function contextOf(seed: number): EncodedContext {
  const piece = (length: number) => new Uint8Array(length).fill(seed)
  return {
    resource: piece([0, 3, 700][seed % 3] ?? 0),
    resourceSchemaUrl: seed % 2 === 0 ? NOTHING : piece(5),
    scope: piece([1, 0, 90][seed % 3] ?? 0),
    scopeSchemaUrl: seed % 2 === 0 ? piece(300) : NOTHING,
  }
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}

const field = (tag: number, content: readonly number[]) => [tag, ...varint(content.length), ...content]

/** The same, piece by piece. */
function naively({ bytes, starts, runs }: EncodedBatch): number[] {
  return runs.flatMap(({ context, from, to }) => {
    const records = bytes.subarray(starts[from], starts[to])
    const scopeLogs = field(SCOPE_LOGS, [...context.scope, ...records, ...context.scopeSchemaUrl])
    return field(RESOURCE_LOGS, [...context.resource, ...scopeLogs, ...context.resourceSchemaUrl])
  })
}

describe('an OTLP request for records of a batch', () => {
  /** A generator of its own, so that every run is the same. */
  let state = 1
  const below = (bound: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % bound
  }

  it('has no content for no records', () => {
    strictEqual(exportRequest(new EncodedBatch(new Uint8Array(8), new Uint32Array(1), [])).length, 0)
  })

  it('has each piece in its place, wherever the records are in the batch and whatever was in its memory', () => {
    const contexts = [0, 1, 2, 3, 4, 5].map(contextOf)
    for (let run = 0; run < 150; run++) {
      const bytes = new Uint8Array(new SharedArrayBuffer(20_000))
      for (let i = 0; i < bytes.length; i++) bytes[i] = below(256)
      const starts = [below(30)]
      const runs: ContextRun[] = []
      for (let i = below(12); i >= 0; i--) {
        const from = starts.length - 1
        for (let j = below(4); j >= 0; j--) {
          starts.push((starts.at(-1) ?? 0) + ([0, 1, 9, 40, 600][below(5)] ?? 0))
        }
        runs.push({ context: contexts[below(6)] ?? contextOf(0), from, to: starts.length - 1 })
      }
      const batch = new EncodedBatch(bytes, Uint32Array.from(starts), runs)
      const before = [...bytes]
      const memory = Buffer.alloc(60_000, below(256))
      const request = exportRequest(batch, () => memory)
      deepStrictEqual([...request], naively(batch))
      strictEqual(exportRequestSize(batch), request.length)
      strictEqual(request.buffer, memory.buffer)
      deepStrictEqual([...bytes], before, 'the batch may have to be sent again')
    }
  })

  it('asks for no more memory than it says, but for what its alignment takes', () => {
    const starts = Uint32Array.of(3, 10, 20)
    const runs = [
      { context: contextOf(1), from: 0, to: 1 },
      { context: contextOf(2), from: 1, to: 2 },
    ]
    const batch = new EncodedBatch(new Uint8Array(32), starts, runs)
    let asked = 0
    const request = exportRequest(batch, (bytes) => {
      asked = bytes
      return new Uint8Array(bytes)
    })
    deepStrictEqual([...request], naively(batch))
    ok(asked < request.length + 8)
  })
})
