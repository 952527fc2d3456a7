import { describe } from '../common/settings.js'

/** The levels by name, in the order in which filters rank them: a report is for the record, so it outranks all. */
export const LEVEL_NAMES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'report'] as const

/** A level by name, in rising order as filters see it: `trace debug info warn error fatal report`. */
export type LevelName = (typeof LEVEL_NAMES)[number]

/** A level by name, or as an OpenTelemetry SeverityNumber (1 to 24). */
export type Level = LevelName | number

/** What a level means: to OpenTelemetry, and to filters. */
export interface Severity {
  readonly severityNumber: number
  /** The level as the caller wrote it; a number has none. */
  readonly severityText?: string
  /** Levels compare by this. It is the severity number, but for `report`. */
  readonly rank: number
}

const INFO: Severity = { severityNumber: 9, severityText: 'info', rank: 9 }

const REPORT: Severity = { severityNumber: 12, severityText: 'report', rank: 25 }

const BY_NAME: ReadonlyMap<unknown, Severity> = new Map<LevelName, Severity>([
  ['trace', { severityNumber: 1, severityText: 'trace', rank: 1 }],
  ['debug', { severityNumber: 5, severityText: 'debug', rank: 5 }],
  ['info', INFO],
  ['warn', { severityNumber: 13, severityText: 'warn', rank: 13 }],
  ['error', { severityNumber: 17, severityText: 'error', rank: 17 }],
  ['fatal', { severityNumber: 21, severityText: 'fatal', rank: 21 }],
  ['report', REPORT],
])

/** The rank from which a record is about an error. */
export const ERROR_RANK = 17

export function isLevel(level: unknown): level is Level {
  return BY_NAME.has(level) || isSeverityNumber(level)
}

/** A level's rank; that of `info` for what is no level. Allocates nothing: disabled calls pay for it. */
export function rankOf(level: unknown): number {
  if (isSeverityNumber(level)) return level
  return (BY_NAME.get(level) ?? INFO).rank
}

/**
 * The rank of a record, whoever made it. Infinite without a severity: minimum levels do not apply to such records, as
 * in the SDK's own configuration of loggers.
 */
export function rankOfRecord(severityNumber: unknown, severityText: unknown): number {
  if (typeof severityNumber !== 'number' || !(severityNumber >= 1)) return Number.POSITIVE_INFINITY
  return severityText === 'report' && severityNumber === REPORT.severityNumber ? REPORT.rank : severityNumber
}

/**
 * What a level means. One that does not exist counts as `info`, and stays legible as the severity's text: with
 * `log('the message')`, it is all there is.
 */
export function severityOf(level: unknown): Severity {
  const named = BY_NAME.get(level)
  if (named !== undefined) return named
  if (isSeverityNumber(level)) return { severityNumber: level, rank: level }
  const severityText = typeof level === 'string' || typeof level === 'number' ? String(level) : 'info'
  return { ...INFO, severityText }
}

/** The name for a severity number: of the range it lies in. */
export function nameOfSeverity(severityNumber: number | undefined): LevelName | undefined {
  if (!isSeverityNumber(severityNumber)) return undefined
  return LEVEL_NAMES[Math.floor((severityNumber - 1) / 4)]
}

/** @throws TypeError or RangeError if it is no level. */
export function levelOption(value: unknown, option: string): Level {
  if (isLevel(value)) return value
  const names = LEVEL_NAMES.map((name) => `'${name}'`).join(', ')
  const message = `${option} must be one of ${names}, or a severity number from 1 to 24, got ${describe(value)}`
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message)
}

function isSeverityNumber(level: unknown): level is number {
  return typeof level === 'number' && level >= 1 && level <= 24 && Number.isInteger(level)
}
