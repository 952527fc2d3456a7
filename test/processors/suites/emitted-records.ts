import type { LogRecordProcessor, ReadableLogRecord, ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import { logRecord } from '../../support/log-records.js'

/** A record as the SDK hands it to a processor. */
export function emittedRecord(fields: Partial<ReadableLogRecord> = {}): ReadWriteLogRecord {
  return writable(logRecord(fields))
}

/** Emits one record for each body. */
export function emit(processor: LogRecordProcessor, ...bodies: ReadableLogRecord['body'][]): void {
  for (const body of bodies) processor.onEmit(emittedRecord(body === undefined ? {} : { body }))
}

/** Emits records with the bodies `from`, `from` + 1, and so on, `count` of them. */
export function emitNumbers(processor: LogRecordProcessor, count: number, from = 0): void {
  for (let n = from; n < from + count; n++) processor.onEmit(emittedRecord({ body: n }))
}

/** The numbers `from`, `from` + 1, and so on, `count` of them. */
export function numbers(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}

/** Ways of being a record that no exporter could read, or that nothing could. */
export const UNREADABLE: Readonly<Record<string, () => ReadWriteLogRecord>> = {
  'whose body throws when it is read': () =>
    Object.defineProperty(emittedRecord(), 'body', {
      get: () => {
        throw new Error('no body')
      },
    }),
  'whose severity throws when it is read': () =>
    Object.defineProperty(emittedRecord(), 'severityNumber', {
      get: () => {
        throw new Error('no severity')
      },
    }),
  'whose attributes are missing': () =>
    Object.defineProperty(emittedRecord(), 'attributes', { value: undefined }),
  'whose time is no time': () => emittedRecord({ hrTime: [Number.NaN, 0] }),
  'without a resource': () => Object.defineProperty(emittedRecord(), 'resource', { value: undefined }),
  'without a scope': () => Object.defineProperty(emittedRecord(), 'instrumentationScope', { value: null }),
  'that is a proxy which throws at every turn': () =>
    new Proxy(emittedRecord(), {
      get: () => {
        throw new Error('no property')
      },
    }),
  'that is a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable(emittedRecord(), {})
    revoke()
    return proxy
  },
}

function writable(fields: ReadableLogRecord): ReadWriteLogRecord {
  const record: ReadWriteLogRecord = {
    hrTime: fields.hrTime,
    hrTimeObserved: fields.hrTimeObserved,
    resource: fields.resource,
    instrumentationScope: fields.instrumentationScope,
    attributes: fields.attributes,
    droppedAttributesCount: fields.droppedAttributesCount,
    ...(fields.spanContext === undefined ? {} : { spanContext: fields.spanContext }),
    ...(fields.severityText === undefined ? {} : { severityText: fields.severityText }),
    ...(fields.severityNumber === undefined ? {} : { severityNumber: fields.severityNumber }),
    ...(fields.body === undefined ? {} : { body: fields.body }),
    ...(fields.eventName === undefined ? {} : { eventName: fields.eventName }),
    setAttribute: (key, value) => {
      record.attributes[key] = value
      return record
    },
    setAttributes: (attributes) => {
      Object.assign(record.attributes, attributes)
      return record
    },
    setBody: (body) => {
      record.body = body
      return record
    },
    setEventName: (eventName) => {
      record.eventName = eventName
      return record
    },
    setSeverityNumber: (severityNumber) => {
      record.severityNumber = severityNumber
      return record
    },
    setSeverityText: (severityText) => {
      record.severityText = severityText
      return record
    },
  }
  return record
}
