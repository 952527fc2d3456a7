import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { bytesOf, MAX_DEPTH, MAX_VALUES, standIn, TooManyValuesError } from '../../common/any-value.js'
import { InvalidRecordError } from '../../common/invalid-record.js'
import { LOG_RECORD_TAG, VALUE_TAG } from './field-tags.js'
import { type KnownAttribute, KnownAttributes } from './known-attributes.js'
import { KnownSeverities } from './known-severities.js'
import { NO_ROOM, type ProtobufWriter, varintSize } from './protobuf-writer.js'

const TAG = { ...LOG_RECORD_TAG, ...VALUE_TAG } as const

/** How many bytes are set aside for the length of a record: for most, right. */
const RECORD_LENGTH_BYTES = 2
/** For that of a value, which is short. */
const VALUE_LENGTH_BYTES = 1
/** What a KeyValue has beside the characters of its key and value, tags and lengths, in bytes. */
const ENTRY_OVERHEAD = 6
/** What the AnyValue of a scalar has at the most, in bytes. */
const SCALAR_BYTES = 11
const INT64_LIMIT = 2 ** 63
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8
/**
 * Inside a `for … in`, V8 knows its answer, but only of a constant of the same module: an imported one, like that of
 * any-value.ts, would be called for every attribute.
 */
const isOwn = Object.prototype.hasOwnProperty

/**
 * Writes a log record as OTLP, body and attributes in one pass from the caller's own objects, with no copy between.
 * What OpenTelemetry has no type for becomes what docs/values.md says, as `AnyValueCopier` does for queues of objects.
 */
export class LogRecordEncoder {
  readonly #writer: ProtobufWriter
  /** The containers that are being written, outermost first: a value that is one of them closes a circle. */
  readonly #ancestors: object[] = []
  readonly #known = new KnownAttributes()
  readonly #severities = new KnownSeverities()
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
  encode(record: Omit<ReadableLogRecord, 'resource' | 'instrumentationScope'>): void {
    const writer = this.#writer
    this.#begin()
    const start = writer.open(TAG.scopeLogsLogRecords, RECORD_LENGTH_BYTES)
    this.#time(TAG.timeUnixNano, record.hrTime)
    const { severityNumber, severityText, body, attributes, spanContext, eventName } = record
    if (attributes === undefined || attributes === null)
      throw new InvalidRecordError('attributes are missing')
    this.#severity(severityNumber, severityText)
    if (body !== undefined) this.#value(TAG.body, body)
    this.#entries(TAG.attributes, attributes)
    const dropped = Math.trunc(record.droppedAttributesCount)
    if (dropped > 0) writer.uint32(TAG.droppedAttributesCount, dropped)
    if (spanContext !== undefined) {
      const { traceFlags, traceId, spanId } = spanContext
      if (traceFlags > 0) writer.fixed32(TAG.flags, traceFlags)
      this.#id(TAG.traceId, traceId, TRACE_ID_BYTES)
      this.#id(TAG.spanId, spanId, SPAN_ID_BYTES)
    }
    this.#time(TAG.observedTimeUnixNano, record.hrTimeObserved)
    if (eventName !== undefined) this.#text(TAG.eventName, String(eventName))
    writer.close(start, RECORD_LENGTH_BYTES)
  }

  /**
   * Writes attributes as repeated `KeyValue` fields.
   *
   * @throws NO_ROOM, TooManyValuesError, or whatever a getter throws.
   */
  encodeAttributes(tag: number, attributes: Entries): void {
    this.#begin()
    this.#entries(tag, attributes)
  }

  #begin(): void {
    this.#remainingValues = MAX_VALUES
    // What was thrown in the middle of the record before has left them behind. (To shorten an array is not cheap.)
    if (this.#ancestors.length > 0) this.#ancestors.length = 0
  }

  #time(tag: number, time: ReadableLogRecord['hrTime']): void {
    const seconds = time[0]
    const nanoseconds = time[1]
    if (!Number.isInteger(seconds) || !Number.isInteger(nanoseconds)) {
      throw new InvalidRecordError('a time must be two whole numbers: seconds and nanoseconds')
    }
    this.#writer.nanoseconds(tag, seconds, nanoseconds)
  }

  #severity(number: number | undefined, text: string | undefined): void {
    const writer = this.#writer
    const known = this.#severities.get(number, text)
    if (known !== undefined) {
      writer.field(TAG.severityNumber, known)
      return
    }
    if (number !== undefined && Number.isInteger(number) && number !== 0)
      writer.int64(TAG.severityNumber, number)
    if (text !== undefined) this.#text(TAG.severityText, String(text))
  }

  #text(tag: number, text: string): void {
    if (text !== '') this.#writer.string(tag, text)
  }

  /** An id that is not one is left out: receivers refuse the whole request for it. */
  #id(tag: number, hex: unknown, bytes: number): void {
    if (typeof hex === 'string' && hex.length === 2 * bytes) this.#writer.hex(tag, hex)
  }

  #entries(tag: number, source: Entries): void {
    // What Object.keys gives, without an array of it.
    for (const key in source) {
      if (!isOwn.call(source, key)) continue
      let value: unknown
      try {
        value = source[key]
      } catch {
        value = '[unreadable]'
      }
      this.#entry(tag, key, value)
    }
  }

  #entry(tag: number, key: string, value: unknown): void {
    const known = this.#known.get(key)
    const entry = known?.entryFor(value)
    if (entry !== undefined) {
      this.#countValue()
      this.#writer.field(tag, entry)
    } else if (known !== undefined && typeof value === 'number' && !Number.isInteger(value)) {
      this.#countValue()
      this.#writer.fieldWithDouble(tag, known.beforeDouble, value)
    } else {
      this.#otherEntry(tag, key, value, known)
    }
  }

  /** One of which no more is known than its name, if that is. */
  #otherEntry(tag: number, key: string, value: unknown, known: KnownAttribute | undefined): void {
    const writer = this.#writer
    const before = writer.position
    const characters = typeof value === 'string' ? value.length : SCALAR_BYTES
    const lengthBytes = varintSize(key.length + characters + ENTRY_OVERHEAD)
    const start = writer.open(tag, lengthBytes)
    if (known === undefined) writer.string(TAG.keyValueKey, key)
    else writer.field(TAG.keyValueKey, known.name)
    this.#value(TAG.keyValueValue, value)
    writer.close(start, lengthBytes)
    if (known?.isWorthKeeping(value, writer.position - before))
      known.keep(value, writer.fieldFrom(before + 1))
  }

  /** An AnyValue as a field: tag, length, and the one field of it that is set, if any. */
  #value(tag: number, value: unknown): void {
    this.#countValue()
    const writer = this.#writer
    if (typeof value === 'string') {
      writer.nestedString(tag, TAG.stringValue, value)
      return
    }
    const start = writer.open(tag, VALUE_LENGTH_BYTES)
    this.#content(value)
    writer.close(start, VALUE_LENGTH_BYTES)
  }

  #countValue(): void {
    if (--this.#remainingValues < 0) throw new TooManyValuesError()
  }

  #content(value: unknown): void {
    const writer = this.#writer
    switch (typeof value) {
      case 'string':
        writer.string(TAG.stringValue, value)
        break
      case 'number':
        this.#number(value)
        break
      case 'boolean':
        writer.bool(TAG.boolValue, value)
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
        writer.string(TAG.stringValue, `[${typeof value}]`)
    }
  }

  #number(value: number): void {
    const isInt64 = Number.isInteger(value) && value >= -INT64_LIMIT && value < INT64_LIMIT
    if (isInt64 && !Object.is(value, -0)) this.#writer.int64(TAG.intValue, value)
    else this.#writer.double(TAG.doubleValue, value)
  }

  #bigInt(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) this.#writer.bigInt64(TAG.intValue, value)
    else this.#writer.string(TAG.stringValue, value.toString())
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
      this.#ancestors.length = depth
      this.#content('[unreadable]')
    }
    this.#ancestors.pop()
  }

  #contents(value: object): void {
    const writer = this.#writer
    const bytes = bytesOf(value)
    if (bytes !== undefined) {
      writer.bytes(TAG.bytesValue, bytes)
      return
    }
    if (this.#ancestors.length > MAX_DEPTH) {
      this.#content('[too deep]')
      return
    }
    if (Array.isArray(value)) {
      const start = writer.open(TAG.arrayValue, VALUE_LENGTH_BYTES)
      for (let i = 0; i < value.length; i++) this.#value(TAG.repeatedValues, value[i])
      writer.close(start, VALUE_LENGTH_BYTES)
      return
    }
    const plain = standIn(value)
    if (plain !== value) {
      this.#content(plain)
      return
    }
    const start = writer.open(TAG.kvlistValue, VALUE_LENGTH_BYTES)
    if (isEntries(value)) this.#entries(TAG.repeatedValues, value)
    writer.close(start, VALUE_LENGTH_BYTES)
  }
}

/** Own properties by name. */
type Entries = Readonly<Record<string, unknown>>

/** Any object has properties by name; TypeScript wants to be told. */
function isEntries(value: object): value is Entries {
  return typeof value === 'object'
}
