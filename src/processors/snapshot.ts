import { type HrTime, type SpanContext, TraceFlags } from '@opentelemetry/api'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { AnyValueCopier } from '../common/any-value.js'
import { InvalidRecordError } from '../common/invalid-record.js'

/**
 * A log record as it was when it was emitted, and in a shape that no exporter can stumble over: one bad record may
 * cost itself, never the batch it is in.
 *
 * Resource and scope are shared, not copied: exporters group records by their identity.
 */
export class LogRecordSnapshot implements ReadableLogRecord {
  readonly hrTime: HrTime
  readonly hrTimeObserved: HrTime
  readonly spanContext?: SpanContext
  readonly severityText?: string
  readonly severityNumber?: NonNullable<ReadableLogRecord['severityNumber']>
  readonly body?: NonNullable<ReadableLogRecord['body']> | null
  readonly eventName?: string
  readonly resource: ReadableLogRecord['resource']
  readonly instrumentationScope: ReadableLogRecord['instrumentationScope']
  readonly attributes: ReadableLogRecord['attributes']
  readonly droppedAttributesCount: number

  /**
   * @throws TooManyValuesError if the record holds more values than one may.
   * @throws InvalidRecordError, or whatever a getter throws, if the record cannot be read.
   */
  constructor(record: ReadableLogRecord) {
    const copier = new AnyValueCopier()
    const { spanContext, severityText, severityNumber, eventName, body } = record
    this.hrTime = copyTime(record.hrTime)
    this.hrTimeObserved = copyTime(record.hrTimeObserved)
    const copiedSpanContext = copySpanContext(spanContext)
    if (copiedSpanContext !== undefined) this.spanContext = copiedSpanContext
    if (severityText !== undefined) this.severityText = String(severityText).toWellFormed()
    if (severityNumber !== undefined && Number.isInteger(severityNumber)) this.severityNumber = severityNumber
    if (eventName !== undefined) this.eventName = String(eventName).toWellFormed()
    const copiedBody = copier.copy(body)
    if (copiedBody !== undefined) this.body = copiedBody
    this.resource = existing(record.resource, 'a resource')
    this.instrumentationScope = existing(record.instrumentationScope, 'an instrumentation scope')
    this.attributes = copier.copyAttributes(record.attributes)
    this.droppedAttributesCount = Math.trunc(record.droppedAttributesCount) || 0
  }
}

function copyTime(time: HrTime): HrTime {
  const [seconds, nanoseconds] = time
  if (!Number.isInteger(seconds) || !Number.isInteger(nanoseconds)) {
    throw new InvalidRecordError('a time must be two whole numbers: seconds and nanoseconds')
  }
  return [seconds, nanoseconds]
}

function existing<T extends object>(value: T | null | undefined, what: string): T {
  if (typeof value !== 'object' || value === null) throw new InvalidRecordError(`a record must have ${what}`)
  return value
}

/** `undefined` for none that can be read: the record is worth more than what it belongs to. */
function copySpanContext(spanContext: SpanContext | undefined): SpanContext | undefined {
  if (typeof spanContext !== 'object' || spanContext === null) return undefined
  const { traceId, spanId, traceFlags, traceState, isRemote } = spanContext
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return undefined
  return {
    traceId,
    spanId,
    traceFlags: Number.isInteger(traceFlags) ? traceFlags : TraceFlags.NONE,
    ...(traceState === undefined ? {} : { traceState }),
    ...(isRemote === undefined ? {} : { isRemote }),
  }
}
