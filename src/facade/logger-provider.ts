import type { HrTime } from '@opentelemetry/api'
import type { AnyValue, Attributes } from '../common/any-value.js'

// The part of the logs API that the facade calls. Its own types, since the API's are in one package on one line of
// OpenTelemetry and in another on the other, and the provider may come from either.

/** A log record as it is handed to a logger. */
export interface EmittedLogRecord {
  eventName?: string
  /** Milliseconds since the epoch, or seconds and nanoseconds. */
  timestamp: number | HrTime
  severityNumber: number
  severityText?: string
  body?: AnyValue
  attributes?: Attributes
}

/** A logger of the logs API, for one instrumentation scope. */
export interface Logger {
  emit(record: EmittedLogRecord): void
  /** Whether anything would come of a record. Loggers of older APIs lack it. */
  enabled?(options?: { severityNumber?: number; eventName?: string }): boolean
}

/** A logger provider of the logs API. */
export interface LoggerProvider {
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
