import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { type EncodedContext, exportRequest, type RequestEntry } from '#src/exporters/otlp/export-request.js'

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
function naively(batch: Uint8Array, entries: readonly RequestEntry[]): number[] {
  const request: number[] = []
  let from = 0
  while (from < entries.length) {
    const context = entries[from]?.context
    const next = entries.findIndex((entry, i) => i > from && entry.context !== context)
    const to = next < 0 ? entries.length : next
    const records = entries.slice(from, to).flatMap(({ start, end }) => [...batch.subarray(start, end)])
    if (context === undefined) break
    const scopeLogs = field(SCOPE_LOGS, [...context.scope, ...records, ...context.scopeSchemaUrl])
    request.push(...field(RESOURCE_LOGS, [...context.resource, ...scopeLogs, ...context.resourceSchemaUrl]))
    from = to
  }
  return request
}

describe('an OTLP request for records of a batch', () => {
  /** A generator of its own, so that every run is the same. */
  let state = 1
  const below = (bound: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % bound
  }

  it('has no content for no records', () => {
    strictEqual(exportRequest(new Uint8Array(8), []).length, 0)
  })

  it('has each piece in its place, whatever lies between the records and was in its memory before', () => {
    const contexts = [0, 1, 2, 3, 4, 5].map(contextOf)
    for (let run = 0; run < 150; run++) {
      const batch = new Uint8Array(new SharedArrayBuffer(20_000))
      for (let i = 0; i < batch.length; i++) batch[i] = below(256)
      const entries: RequestEntry[] = []
      let end = below(3) * 8
      let context = contextOf(0)
      for (let i = below(30); i >= 0; i--) {
        if (below(3) === 0) context = contexts[below(6)] ?? context
        const start = end + below(3) * 8
        end = start + ([0, 1, 9, 40, 600][below(5)] ?? 0)
        entries.push({ start, end, context })
      }
      const before = [...batch]
      const memory = Buffer.alloc(60_000, below(256))
      const request = exportRequest(batch, entries, () => memory)
      deepStrictEqual([...request], naively(batch, entries))
      strictEqual(request.buffer, memory.buffer)
      deepStrictEqual([...batch], before, 'the batch may have to be sent again')
    }
  })
})
