import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { encodeContext } from '#src/exporters/otlp/context-encoder.js'
import { LogRecordEncoder } from '#src/exporters/otlp/log-record-encoder.js'
import { ProtobufWriter } from '#src/exporters/otlp/protobuf-writer.js'
import type { EncodedRecord } from '#src/exporters/thread/destination.js'

/** Records as the export thread finds them: their bytes one behind the other, and where each begins and ends. */
export function encodedBatch(logRecords: readonly ReadableLogRecord[]): {
  readonly batch: Uint8Array
  readonly records: readonly EncodedRecord[]
} {
  const memory = new SharedArrayBuffer(16 * 1024 * 1024)
  const writer = new ProtobufWriter(memory)
  const encoder = new LogRecordEncoder(writer)
  const [first] = logRecords
  if (first === undefined) return { batch: new Uint8Array(memory), records: [] }
  const context = encodeContext(first.resource, first.instrumentationScope)
  writer.begin(0, memory.byteLength)
  const records = logRecords.map((record) => {
    const start = writer.position
    encoder.encode(record)
    return { start, end: writer.position, context }
  })
  return { batch: new Uint8Array(memory), records }
}
