import type { MeterProvider } from '@opentelemetry/api'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { booleanOption, choiceOption, describe, numberOption, objectOption } from '../common/settings.js'
import { meterProviderOption } from '../processors/queue-options.js'
import { enabledFromEnv, idFilterFromEnv, minLevelFromEnv, nsFilterFromEnv } from './filter-environment.js'
import { DEFAULT_MIN_LEVEL, Filters } from './filters.js'
import { LevelFilter, type MinLevel, minLevelOption } from './level-filter.js'
import type { Location } from './log-emitter.js'
import { isLoggerProvider, type LoggerProvider } from './logger-provider.js'
import { type NameFilter, nameFilterOption } from './name-filter.js'

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
  /** Whether records are made and handled at all. Default: `OTEL_SLUICE_ENABLED`, else true. */
  readonly enabled?: boolean
  /**
   * The level from which records are let through: one, or one for each pattern of scopes, of which the first that
   * matches counts. Default: `OTEL_SLUICE_MIN_LEVEL`, else `info`, also where no pattern matches.
   */
  readonly minLevel?: MinLevel
  /** The instrumentation scopes that are let through. Default: `OTEL_SLUICE_NS_FILTER`, else all. */
  readonly nsFilter?: NameFilter
  /** The event names that are let through. Default: `OTEL_SLUICE_ID_FILTER`, else all, and records without one. */
  readonly idFilter?: NameFilter
  /**
   * Which records tell where in the code they come from, in the sources if there are source maps; it costs microseconds
   * each. Default: `off`.
   */
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
export interface TelemetrySettings
  extends Omit<TelemetryOptions, 'enabled' | 'minLevel' | 'nsFilter' | 'idFilter'> {
  readonly location: Location
  readonly filters: Filters
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
  const { location = 'off' } = options
  return {
    filters: filtersOf(options),
    location: choiceOption(location, 'location', LOCATIONS),
    ...(loggerProvider !== undefined && { loggerProvider: loggerProviderOption(loggerProvider) }),
    ...(resource !== undefined && { resource: resourceOption(resource) }),
    ...(logRecordLimits !== undefined && { logRecordLimits: limitsOption(logRecordLimits) }),
    ...(meterProvider !== undefined && { meterProvider: meterProviderOption(meterProvider) }),
  }
}

function filtersOf({ enabled, minLevel, nsFilter, idFilter }: TelemetryOptions): Filters {
  return new Filters(enabled === undefined ? (enabledFromEnv() ?? true) : booleanOption(enabled, 'enabled'), {
    levels:
      minLevel === undefined
        ? (minLevelFromEnv(DEFAULT_MIN_LEVEL) ?? new LevelFilter(DEFAULT_MIN_LEVEL))
        : minLevelOption(minLevel, 'minLevel', DEFAULT_MIN_LEVEL),
    ns: nsFilter === undefined ? nsFilterFromEnv() : nameFilterOption(nsFilter, 'nsFilter'),
    id: idFilter === undefined ? idFilterFromEnv() : nameFilterOption(idFilter, 'idFilter'),
  })
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
