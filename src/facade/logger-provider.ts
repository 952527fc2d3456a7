import type { HrTime } from '@opentelemetry/api'
import type { AnyValue, Attributes } from '../common/any-value.js'

// The part of the logs API that the facade calls. Its own types, since the API's are in one package on one line of
// OpenTelemetry and in another on the other, and the provider may come from either.

/** A log record as it is handed to a logger. */
export interface EmittedLogRecord {
  /** The name of an event; absent if it is none. */
  eventName?: string
  /** Milliseconds since the epoch, or seconds and nanoseconds. */
  timestamp: number | HrTime
  /** 1 to 24 (logs data model, "SeverityNumber"). */
  severityNumber: number
  /** The level's name. */
  severityText?: string
  /** The message. */
  body?: AnyValue
  /** The data. */
  attributes?: Attributes
}

/** A logger of the logs API, for one instrumentation scope. */
export interface Logger {
  /** Takes a record. */
  emit(record: EmittedLogRecord): void
  /** Whether anything would come of a record. Loggers of older APIs lack it. */
  enabled?(options?: { severityNumber?: number; eventName?: string }): boolean
}

/** A logger provider of the logs API. */
export interface LoggerProvider {
  /** The logger of an instrumentation scope. */
  getLogger(name: string): Logger
}

/** By shape: the provider may come from any copy of any version. */
export function isLoggerProvider(value: unknown): value is LoggerProvider {
  return (
    typeof value === 'object' &&
    value !== null &&
    'getLogger' in value &&
    typeof value.getLogger === 'function'
  )
}
