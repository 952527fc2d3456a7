import { diag } from '@opentelemetry/api'
import type { AnyValue, Attributes } from '../common/any-value.js'
import { callSiteAttributes, type EntryPoint } from './call-site.js'
import { dataAttributes } from './data-attributes.js'
import { exceptionAttributes, typeOf } from './exception-attributes.js'
import type { FailureReport } from './failure-report.js'
import { ERROR_RANK, isLevel, type Severity, severityOf } from './level.js'
import type { EmittedLogRecord } from './logger-provider.js'
import type { LoggerSource } from './logger-source.js'
import { readable } from './readable.js'

/** Which records tell where in the code they came from: none, those of errors, or all. */
export type Location = 'off' | 'errors' | 'all'

/** What a call says, before anything is made of it; from JavaScript, each part may be anything. */
export interface Call {
  readonly level: unknown
  readonly ns: string
  readonly message?: unknown
  readonly data?: unknown
  readonly id?: unknown
  /** What was thrown, if the call is about that: there is a difference between none and `undefined`. */
  readonly thrown?: { readonly error: unknown }
}

/** Makes a log record of a call, and emits it. */
export class LogEmitter {
  readonly #source: LoggerSource
  readonly #location: Location
  readonly #failures: FailureReport
  #hasToldOfUnknownLevel = false

  constructor(source: LoggerSource, location: Location, failures: FailureReport) {
    this.#source = source
    this.#location = location
    this.#failures = failures
  }

  /**
   * Never throws: what goes wrong here must not reach the application.
   *
   * @param entry the function that the application called.
   */
  emit(call: Call, entry: EntryPoint): void {
    try {
      const severity = this.#severity(call.level)
      const logger = this.#source.logger(call.ns)
      const record: EmittedLogRecord = { timestamp: Date.now(), severityNumber: severity.severityNumber }
      if (severity.severityText !== undefined) record.severityText = severity.severityText
      if (call.id !== undefined) record.eventName = nameOf(call.id)
      // First: nothing is evaluated or copied for a record that nobody wants.
      if (logger.enabled?.(record) === false) return
      const exception = call.thrown && exceptionAttributes(call.thrown.error)
      const body = bodyOf(call.message) ?? exception?.['exception.message']
      if (body !== undefined) record.body = body
      const location = this.#locationAttributes(severity, entry)
      const data = dataAttributes(call.data)
      // What the application says itself comes last, and wins. Most records have nothing else.
      record.attributes = exception || location ? { ...location, ...exception, ...data } : data
      logger.emit(record)
    } catch (error) {
      this.#failures.add(error)
    }
  }

  #severity(level: unknown): Severity {
    if (!isLevel(level) && !this.#hasToldOfUnknownLevel) {
      this.#hasToldOfUnknownLevel = true
      // Without the value: in log('the message'), it is the message.
      diag.warn(
        'otel-sluice: a record was logged with a level that does not exist; such records count as info',
      )
    }
    return severityOf(level)
  }

  #locationAttributes(severity: Severity, entry: EntryPoint): Attributes | undefined {
    const isWanted = this.#location === 'all' || (this.#location === 'errors' && severity.rank >= ERROR_RANK)
    return isWanted ? callSiteAttributes(entry) : undefined
  }
}

function nameOf(id: unknown): string {
  return typeof id === 'string' ? id : String(readable(id))
}

/** The message, or what the function that stands for it returns. */
function bodyOf(message: unknown): AnyValue {
  if (typeof message === 'string' || message === undefined) return message
  if (typeof message !== 'function') return readable(message)
  try {
    return readable(message())
  } catch (error) {
    return `[the message function threw ${typeOf(error) ?? typeof error}]`
  }
}
