import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { bytesOf, MAX_DEPTH, MAX_VALUES, standIn, TooManyValuesError } from '../../common/any-value.js'
import { InvalidRecordError } from '../../common/invalid-record.js'
import { NO_ROOM, type ProtobufWriter } from './protobuf-writer.js'

/** Field tags, number and wire type, of opentelemetry/proto/logs/v1 and common/v1. */
const TAG = {
  scopeLogsLogRecords: 0x12,
  timeUnixNano: 0x09,
  severityNumber: 0x10,
  severityText: 0x1a,
  body: 0x2a,
  attributes: 0x32,
  droppedAttributesCount: 0x38,
  flags: 0x45,
  traceId: 0x4a,
  spanId: 0x52,
  observedTimeUnixNano: 0x59,
  eventName: 0x62,
  keyValueKey: 0x0a,
  keyValueValue: 0x12,
  repeatedValues: 0x0a,
  stringValue: 0x0a,
  boolValue: 0x10,
  intValue: 0x18,
  doubleValue: 0x21,
  arrayValue: 0x2a,
  kvlistValue: 0x32,
  bytesValue: 0x3a,
} as const

/** What most log records are about as long as, in bytes: two bytes are set aside for the length. */
const PROBABLE_RECORD = 200
/** A container's length takes one byte if it is short. */
const PROBABLE_CONTAINER = 0
/** What a scalar's AnyValue is at the most, in bytes. */
const PROBABLE_SCALAR = 11
const INT64_LIMIT = 2 ** 63
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/**
 * Writes a log record as OTLP, body and attributes in one pass from the caller's own objects, with no copy between.
 * What OpenTelemetry has no type for becomes what docs/values.md says, as `AnyValueCopier` does for queues of objects.
 */
export class LogRecordEncoder {
  readonly #writer: ProtobufWriter
  /** The containers that are being written, outermost first: a value that is one of them closes a circle. */
  readonly #ancestors: object[] = []
  #remainingValues = 0

  constructor(writer: ProtobufWriter) {
    this.#writer = writer
  }

  /**
   * Writes the record as one `log_records` field of a `ScopeLogs`, from where the writer stands.
   *
   * @throws NO_ROOM if it does not fit; TooManyValuesError; InvalidRecordError, or whatever a getter of the record
   *   throws. What was written until then is to be forgotten.
   */
  encode(record: ReadableLogRecord): void {
    const writer = this.#writer
    this.#remainingValues = MAX_VALUES
    this.#forgetAncestors()
    writer.byte(TAG.scopeLogsLogRecords)
    const start = writer.open(PROBABLE_RECORD)
    this.#time(TAG.timeUnixNano, record.hrTime)
    const { severityNumber, severityText, body, spanContext, eventName } = record
    if (severityNumber !== undefined && Number.isInteger(severityNumber) && severityNumber !== 0) {
      writer.byte(TAG.severityNumber)
      writer.int64(severityNumber)
    }
    if (severityText !== undefined) this.#text(TAG.severityText, String(severityText))
    if (body !== undefined) this.#value(TAG.body, body)
    this.#entries(TAG.attributes, record.attributes)
    const dropped = Math.trunc(record.droppedAttributesCount)
    if (dropped > 0) {
      writer.byte(TAG.droppedAttributesCount)
      writer.varint32(dropped)
    }
    if (spanContext !== undefined) {
      const { traceFlags, traceId, spanId } = spanContext
      if (traceFlags > 0) {
        writer.byte(TAG.flags)
        writer.fixed32(traceFlags)
      }
      this.#id(TAG.traceId, traceId, TRACE_ID_BYTES)
      this.#id(TAG.spanId, spanId, SPAN_ID_BYTES)
    }
    this.#time(TAG.observedTimeUnixNano, record.hrTimeObserved)
    if (eventName !== undefined) this.#text(TAG.eventName, String(eventName))
    writer.close(start, PROBABLE_RECORD)
  }

  /**
   * Writes attributes as repeated `KeyValue` fields.
   *
   * @throws NO_ROOM, TooManyValuesError, or whatever a getter throws.
   */
  encodeAttributes(tag: number, attributes: Entries): void {
    this.#remainingValues = MAX_VALUES
    this.#forgetAncestors()
    this.#entries(tag, attributes)
  }

  /** Some are left when a getter threw. To set the length of an array costs more than to look at it. */
  #forgetAncestors(): void {
    if (this.#ancestors.length > 0) this.#ancestors.length = 0
  }

  #time(tag: number, time: ReadableLogRecord['hrTime']): void {
    const [seconds, nanoseconds] = time
    if (!Number.isInteger(seconds) || !Number.isInteger(nanoseconds)) {
      throw new InvalidRecordError('a time must be two whole numbers: seconds and nanoseconds')
    }
    this.#writer.byte(tag)
    this.#writer.nanoseconds(seconds, nanoseconds)
  }

  #text(tag: number, text: string): void {
    if (text === '') return
    this.#writer.byte(tag)
    this.#writer.lengthAndString(text)
  }

  /** An id that is not one is left out: receivers refuse the whole request for it. */
  #id(tag: number, hex: unknown, bytes: number): void {
    if (typeof hex !== 'string' || hex.length !== 2 * bytes) return
    const before = this.#writer.position
    this.#writer.byte(tag)
    if (!this.#writer.lengthAndHex(hex)) this.#writer.rewind(before)
  }

  #entries(tag: number, source: Entries): void {
    const writer = this.#writer
    for (const key of Object.keys(source)) {
      let value: unknown
      try {
        value = source[key]
      } catch {
        value = '[unreadable]'
      }
      writer.byte(tag)
      const probable = probableLength(value) + key.length + 4
      const start = writer.open(probable)
      writer.byte(TAG.keyValueKey)
      writer.lengthAndString(key)
      this.#value(TAG.keyValueValue, value)
      writer.close(start, probable)
    }
  }

  /** An AnyValue as a field: tag, length, and the one field of it that is set, if any. */
  #value(tag: number, value: unknown): void {
    if (--this.#remainingValues < 0) throw new TooManyValuesError()
    const writer = this.#writer
    writer.byte(tag)
    const probable = probableLength(value)
    const start = writer.open(probable)
    this.#content(value)
    writer.close(start, probable)
  }

  #content(value: unknown): void {
    const writer = this.#writer
    switch (typeof value) {
      case 'string':
        writer.byte(TAG.stringValue)
        writer.lengthAndString(value)
        break
      case 'number':
        this.#number(value)
        break
      case 'boolean':
        writer.byte(TAG.boolValue)
        writer.byte(value ? 1 : 0)
        break
      case 'undefined':
        break
      case 'object':
        if (value !== null) this.#object(value)
        break
      case 'bigint':
        this.#bigInt(value)
        break
      default:
        this.#content(`[${typeof value}]`)
    }
  }

  #number(value: number): void {
    const writer = this.#writer
    if (Number.isInteger(value) && value >= -INT64_LIMIT && value < INT64_LIMIT && !Object.is(value, -0)) {
      writer.byte(TAG.intValue)
      writer.int64(value)
    } else {
      writer.byte(TAG.doubleValue)
      writer.double(value)
    }
  }

  #bigInt(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.#writer.byte(TAG.intValue)
      this.#writer.bigInt64(value)
    } else {
      this.#content(value.toString())
    }
  }

  #object(value: object): void {
    if (this.#ancestors.includes(value)) {
      this.#content('[circular]')
      return
    }
    const before = this.#writer.position
    const depth = this.#ancestors.push(value)
    try {
      this.#contents(value)
    } catch (error) {
      if (error === NO_ROOM || error instanceof TooManyValuesError) throw error
      // What the object had until its own code threw is written over.
      this.#writer.rewind(before)
      this.#content('[unreadable]')
    }
    this.#ancestors.length = depth - 1
  }

  #contents(value: object): void {
    const writer = this.#writer
    const bytes = bytesOf(value)
    if (bytes !== undefined) {
      writer.byte(TAG.bytesValue)
      writer.lengthAndBytes(bytes)
      return
    }
    if (this.#ancestors.length > MAX_DEPTH) {
      this.#content('[too deep]')
      return
    }
    if (Array.isArray(value)) {
      writer.byte(TAG.arrayValue)
      const start = writer.open(PROBABLE_CONTAINER)
      for (let i = 0; i < value.length; i++) this.#value(TAG.repeatedValues, value[i])
      writer.close(start, PROBABLE_CONTAINER)
      return
    }
    const plain = standIn(value)
    if (plain !== value) {
      this.#content(plain)
      return
    }
    writer.byte(TAG.kvlistValue)
    const start = writer.open(PROBABLE_CONTAINER)
    if (isEntries(value)) this.#entries(TAG.repeatedValues, value)
    writer.close(start, PROBABLE_CONTAINER)
  }
}

/** Own properties by name. */
type Entries = Readonly<Record<string, unknown>>

/** Any object has properties by name; TypeScript wants to be told. */
function isEntries(value: object): value is Entries {
  return typeof value === 'object'
}

/** About how long the AnyValue of a value is: right for most, so that little has to be moved. */
function probableLength(value: unknown): number {
  if (typeof value !== 'string') return PROBABLE_SCALAR
  return value.length < 126 ? value.length + 2 : value.length + 3
}
