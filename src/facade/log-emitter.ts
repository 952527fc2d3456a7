import { diag } from '@opentelemetry/api'
import type { AnyValue, Attributes } from '../common/any-value.js'
import type { CallFilter, CallFilterOptions } from './call-filter.js'
import { callSiteAttributes, type EntryPoint } from './call-site.js'
import { addMissing, dataAttributes } from './data-attributes.js'
import { exceptionAttributes } from './exception-attributes.js'
import type { FailureReport } from './failure-report.js'
import { evaluated } from './lazy-value.js'
import { ERROR_RANK, isLevel, rankOf, type Severity, severityOf } from './level.js'
import type { EmittedLogRecord } from './logger-provider.js'
import type { LoggerSource } from './logger-source.js'
import { readable } from './readable.js'
import { withSampleRate } from './sample.js'
import type { ScopedContext } from './scoped-context.js'

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
  /** What it is narrowed with, beside the filters of the telemetry. */
  readonly filter?: CallFilterOptions
  /** When it happened; now, unless told otherwise. */
  readonly timestamp?: EmittedLogRecord['timestamp']
  /** Where it was made, if that was looked up before. */
  readonly location?: Attributes | undefined
  /** What the library has to say about it. */
  readonly findings?: Attributes
}

/**
 * How deep calls are made within calls, from functions and getters that are evaluated for a record: a call below that
 * is logged, but none of its own are evaluated. Otherwise one that logs itself would go on for ever.
 */
const MAX_DEPTH = 2

const NOT_EVALUATED = '[not evaluated: logged while another record was made]'

/** Makes a log record of a call, and emits it. */
export class LogEmitter {
  readonly #source: LoggerSource
  readonly #location: Location
  readonly #failures: FailureReport
  readonly #context: ScopedContext
  readonly #filter: CallFilter
  #depth = 0
  #hasToldOfUnknownLevel = false

  constructor(
    source: LoggerSource,
    location: Location,
    failures: FailureReport,
    context: ScopedContext,
    filter: CallFilter,
  ) {
    this.#source = source
    this.#location = location
    this.#failures = failures
    this.#context = context
    this.#filter = filter
  }

  /**
   * Never throws: what goes wrong here must not reach the application.
   *
   * @param entry the function that the application called.
   */
  emit(call: Call, entry: EntryPoint): void {
    this.#depth++
    try {
      const severity = this.#severity(call.level)
      const logger = this.#source.logger(call.ns)
      const record: EmittedLogRecord = {
        timestamp: call.timestamp ?? Date.now(),
        severityNumber: severity.severityNumber,
      }
      if (severity.severityText !== undefined) record.severityText = severity.severityText
      if (call.id !== undefined) record.eventName = nameOf(this.#isTooDeep ? textOrNot(call.id) : call.id)
      // First: nothing is evaluated or copied for a record that nobody wants.
      if (logger.enabled?.(record) === false) return
      const sampleRate = call.filter === undefined ? 1 : this.#admit(call, call.filter)
      if (sampleRate === undefined) return
      this.#fill(record, call, call.location ?? this.locate(call.level, entry))
      if (sampleRate < 1) record.attributes = withSampleRate(record.attributes ?? {}, sampleRate)
      this.#depth--
      try {
        logger.emit(record)
      } finally {
        this.#depth++
      }
    } catch (error) {
      this.#failures.add(error)
    } finally {
      this.#depth--
    }
  }

  /** Whether anybody wants a record of this level, scope and event name. Never throws: if that fails, they may. */
  isWanted(level: unknown, ns: string, id: unknown): boolean {
    try {
      const { severityNumber } = severityOf(level)
      const eventName = id === undefined ? {} : { eventName: nameOf(id) }
      return this.#source.logger(ns).enabled?.({ severityNumber, ...eventName }) ?? true
    } catch (error) {
      this.#failures.add(error)
      return true
    }
  }

  /** Where the application called `entry` from; `undefined` if records of this level do not tell. */
  locate(level: unknown, entry: EntryPoint): Attributes | undefined {
    const isWanted = this.#location === 'all' || (this.#location === 'errors' && rankOf(level) >= ERROR_RANK)
    return isWanted ? callSiteAttributes(entry) : undefined
  }

  /** Evaluates what the call was given. */
  #fill(record: EmittedLogRecord, call: Call, location: Attributes | undefined): void {
    const { message, thrown, data: given, findings } = this.#isTooDeep ? unevaluated(call) : call
    const exception = thrown && exceptionAttributes(thrown.error)
    const body = bodyOf(message) ?? exception?.['exception.message']
    if (body !== undefined) record.body = body
    const data = dataAttributes(evaluated(given, 'data'))
    // What the application says itself comes first, and wins; and it is not what a limit of the SDK cuts.
    for (const more of [findings, exception, location]) addMissing(data, more)
    this.#context.addTo(data)
    record.attributes = data
  }

  /** The rate the call is sampled with; `undefined` if its own filter holds it back. */
  #admit(call: Call, filter: CallFilterOptions): number | undefined {
    // `when` is evaluated as well.
    return this.#isTooDeep ? undefined : this.#filter.admit({ ns: call.ns, id: call.id }, filter)
  }

  get #isTooDeep(): boolean {
    return this.#depth > MAX_DEPTH
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
}

/** A call of which nothing has to be evaluated. */
function unevaluated({ message, thrown, data, ...call }: Call): Call {
  return {
    ...call,
    message: textOrNot(message),
    data: textOrNot(data),
    ...(thrown && { thrown: { error: textOrNot(thrown.error) } }),
  }
}

function textOrNot(given: unknown): string | undefined {
  return given === undefined || typeof given === 'string' ? given : NOT_EVALUATED
}

function nameOf(id: unknown): string {
  return typeof id === 'string' ? id : String(readable(id))
}

function bodyOf(message: unknown): AnyValue {
  return typeof message === 'string' || message === undefined
    ? message
    : readable(evaluated(message, 'message'))
}
