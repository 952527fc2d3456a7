import type { SpanContext } from '@opentelemetry/api'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Attributes } from '../../common/any-value.js'
import { readEntry, readValue } from './any-value-decoder.js'
import { decodedContext } from './context-decoder.js'
import type { EncodedBatch, EncodedRecord } from './encoded-batch.js'
import { LOG_RECORD_TAG as TAG } from './field-tags.js'
import { BrokenMessageError, ProtobufReader } from './protobuf-reader.js'

/**
 * Makes log records of what `LogRecordEncoder` wrote: the way back, for exporters that want objects. What OTLP has no
 * difference for has none here either: an absent text is as good as an empty one.
 */
export class LogRecordDecoder {
  readonly #reader: ProtobufReader

  /** @param bytes those that the records' are part of. */
  constructor(bytes: Uint8Array) {
    this.#reader = new ProtobufReader(bytes)
  }

  /** @throws BrokenMessageError */
  decode({ start, end, context }: EncodedRecord): ReadableLogRecord {
    const reader = this.#reader
    reader.begin(start, end)
    if (!reader.next(end) || reader.tag !== TAG.scopeLogsLogRecords) throw new BrokenMessageError()
    const record: Draft = {
      hrTime: [0, 0],
      hrTimeObserved: [0, 0],
      attributes: {},
      droppedAttributesCount: 0,
      ...decodedContext(context),
    }
    const span = { traceId: '', spanId: '', traceFlags: 0 }
    for (const recordEnd = reader.end(); reader.next(recordEnd); ) this.#field(record, span)
    if (span.traceId !== '' || span.spanId !== '') record.spanContext = span
    return record
  }

  #field(record: Draft, span: SpanContext): void {
    const reader = this.#reader
    switch (reader.tag) {
      case TAG.timeUnixNano:
        record.hrTime = reader.nanoseconds()
        break
      case TAG.observedTimeUnixNano:
        record.hrTimeObserved = reader.nanoseconds()
        break
      case TAG.severityNumber:
        record.severityNumber = Number(reader.int64())
        break
      case TAG.severityText:
        record.severityText = reader.string()
        break
      case TAG.body:
        record.body = readValue(reader)
        break
      case TAG.attributes:
        readEntry(reader, record.attributes)
        break
      case TAG.droppedAttributesCount:
        record.droppedAttributesCount = reader.uint32()
        break
      case TAG.flags:
        span.traceFlags = reader.fixed32()
        break
      case TAG.traceId:
        span.traceId = reader.hex()
        break
      case TAG.spanId:
        span.spanId = reader.hex()
        break
      case TAG.eventName:
        record.eventName = reader.string()
        break
    }
  }
}

/** Those of a batch's records that can be read, in their order. */
export function decodable(batch: EncodedBatch): ReadableLogRecord[] {
  const decoder = new LogRecordDecoder(batch.bytes)
  const decoded: ReadableLogRecord[] = []
  for (const record of batch.records()) {
    try {
      decoded.push(decoder.decode(record))
    } catch (error) {
      if (!(error instanceof BrokenMessageError)) throw error
    }
  }
  return decoded
}

/** A record that is being read. */
type Draft = { -readonly [K in keyof ReadableLogRecord]: ReadableLogRecord[K] } & { attributes: Attributes }
