import type { MeterProvider } from '@opentelemetry/api'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { choiceOption, describe, numberOption, objectOption } from '../common/settings.js'
import { meterProviderOption } from '../processors/queue-options.js'
import { type Level, levelOption } from './level.js'
import type { Location } from './log-emitter.js'
import { isLoggerProvider, type LoggerProvider } from './logger-provider.js'

/** What a telemetry can be told. */
export interface TelemetryOptions {
  /**
   * The provider that the calls go to. Default: one of the telemetry's own, which feeds its handlers; and as soon as
   * `telemetry.processor` was read, the global one, if there is one.
   */
  readonly loggerProvider?: LoggerProvider
  /** What the records come from; for a provider of the telemetry's own. Default: the SDK's default resource. */
  readonly resource?: ReadableLogRecord['resource']
  /** How large records may be; for a provider of the telemetry's own. */
  readonly logRecordLimits?: LogRecordLimits
  /** Where the handlers' metrics go. Default: the global meter provider, also when it is set later. */
  readonly meterProvider?: MeterProvider
  /** The level from which calls are logged. Default: `info`. */
  readonly minLevel?: Level
  /** Which records tell where in the code they come from; it costs microseconds each. Default: `off`. */
  readonly location?: Location
}

/** Limits of the SDK for one record. */
export interface LogRecordLimits {
  /** The most attributes; the others are dropped, and counted in the record. Default: 128. */
  readonly attributeCountLimit?: number
  /** The most characters of an attribute's text; the rest is cut. Default: no limit. */
  readonly attributeValueLengthLimit?: number
}

/** The options, with defaults where there are. */
export interface TelemetrySettings extends TelemetryOptions {
  readonly minLevel: Level
  readonly location: Location
}

const LOCATIONS: readonly Location[] = ['off', 'errors', 'all']
const COUNT_LIMIT = { option: 'logRecordLimits.attributeCountLimit', min: 0, max: Number.MAX_SAFE_INTEGER }
const LENGTH_LIMIT = {
  option: 'logRecordLimits.attributeValueLengthLimit',
  min: 1,
  max: Number.MAX_SAFE_INTEGER,
}

/** @throws TypeError or RangeError if an option is wrong. */
export function telemetrySettings(options: TelemetryOptions): TelemetrySettings {
  const { loggerProvider, resource, logRecordLimits, meterProvider } = objectOption(options, 'options')
  const { minLevel = 'info', location = 'off' } = options
  return {
    minLevel: levelOption(minLevel, 'minLevel'),
    location: choiceOption(location, 'location', LOCATIONS),
    ...(loggerProvider !== undefined && { loggerProvider: loggerProviderOption(loggerProvider) }),
    ...(resource !== undefined && { resource: resourceOption(resource) }),
    ...(logRecordLimits !== undefined && { logRecordLimits: limitsOption(logRecordLimits) }),
    ...(meterProvider !== undefined && { meterProvider: meterProviderOption(meterProvider) }),
  }
}

function loggerProviderOption(loggerProvider: LoggerProvider): LoggerProvider {
  if (isLoggerProvider(loggerProvider)) return loggerProvider
  throw new TypeError(
    `loggerProvider must be a LoggerProvider (an object with getLogger), got ${describe(loggerProvider)}`,
  )
}

function resourceOption(resource: ReadableLogRecord['resource']): ReadableLogRecord['resource'] {
  const value: unknown = resource
  if (typeof value === 'object' && value !== null && 'attributes' in value) return resource
  throw new TypeError(`resource must be a Resource (an object with attributes), got ${describe(value)}`)
}

function limitsOption(limits: LogRecordLimits): LogRecordLimits {
  const { attributeCountLimit, attributeValueLengthLimit } = objectOption(limits, 'logRecordLimits')
  if (isLimit(attributeCountLimit)) numberOption(attributeCountLimit, COUNT_LIMIT)
  if (isLimit(attributeValueLengthLimit)) numberOption(attributeValueLengthLimit, LENGTH_LIMIT)
  return limits
}

/** Infinity is how the SDK writes that there is no limit. */
function isLimit(limit: unknown): boolean {
  return limit !== undefined && limit !== Number.POSITIVE_INFINITY
}
