import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { encodeContext } from '#src/exporters/otlp/context-encoder.js'
import { type EncodedContext, exportRequest, type RequestEntry } from '#src/exporters/otlp/export-request.js'
import { LogRecordEncoder } from '#src/exporters/otlp/log-record-encoder.js'
import { ProtobufWriter } from '#src/exporters/otlp/protobuf-writer.js'

const MEMORY_BYTES = 16 * 1024 * 1024

/** Encodes log records as the export thread sends them: our encoder, into one piece of shared memory. */
export class RequestEncoder {
  readonly #memory = new SharedArrayBuffer(MEMORY_BYTES)
  readonly #batch = new Uint8Array(this.#memory)
  readonly #writer = new ProtobufWriter(this.#memory)
  readonly #encoder = new LogRecordEncoder(this.#writer)

  encode(records: readonly ReadableLogRecord[]): Uint8Array {
    const contexts = new Map<unknown, Map<unknown, EncodedContext>>()
    const entries: RequestEntry[] = []
    this.#writer.begin(0, MEMORY_BYTES)
    for (const record of records) {
      const { resource, instrumentationScope: scope } = record
      const scopes = contexts.get(resource) ?? new Map<unknown, EncodedContext>()
      contexts.set(resource, scopes)
      const context = scopes.get(scope) ?? encodeContext(resource, scope)
      scopes.set(scope, context)
      const start = this.#writer.position
      this.#encoder.encode(record)
      entries.push({ start, end: this.#writer.position, context })
    }
    return exportRequest(this.#batch, entries)
  }
}
