import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { encodeContext } from '#src/exporters/otlp/context-encoder.js'
import { type ContextRun, EncodedBatch } from '#src/exporters/otlp/encoded-batch.js'
import { LogRecordEncoder } from '#src/exporters/otlp/log-record-encoder.js'
import { ProtobufWriter } from '#src/exporters/otlp/protobuf-writer.js'

const MEMORY_BYTES = 16 * 1024 * 1024

/** Encodes log records as the export thread finds them: our encoder, into one piece of shared memory. */
export class BatchEncoder {
  readonly #memory = new SharedArrayBuffer(MEMORY_BYTES)
  readonly #writer = new ProtobufWriter(this.#memory)
  readonly #encoder = new LogRecordEncoder(this.#writer)

  /** They hold until the next ones are encoded. */
  encode(records: readonly ReadableLogRecord[]): EncodedBatch {
    const starts = new Uint32Array(records.length + 1)
    const runs: ContextRun[] = []
    this.#writer.begin(0, MEMORY_BYTES)
    records.forEach((record, i) => {
      this.#encoder.encode(record)
      starts[i + 1] = this.#writer.position
      const { resource, instrumentationScope: scope } = record
      const before = records[i - 1]
      const isOfTheSame = before?.resource === resource && before.instrumentationScope === scope
      const run = isOfTheSame ? runs.pop() : undefined
      runs.push(
        run === undefined
          ? { context: encodeContext(resource, scope), from: i, to: i + 1 }
          : { ...run, to: i + 1 },
      )
    })
    return new EncodedBatch(new Uint8Array(this.#memory), starts, runs)
  }
}

/** The same, for a batch of its own. */
export function encodedBatch(records: readonly ReadableLogRecord[]): EncodedBatch {
  return new BatchEncoder().encode(records)
}
