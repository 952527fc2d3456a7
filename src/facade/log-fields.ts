import { types } from 'node:util'
import type { HrTime } from '@opentelemetry/api'
import type { CallFilterOptions } from './call-filter.js'
import type { Level } from './level.js'
import type { Call } from './log-emitter.js'

/** A message, or a function that makes it, called once, and only if the record is wanted. */
export type Message = string | (() => string)

/**
 * What a record tells beside its message: its attributes, or a function that makes them, called once, and only if the
 * record is wanted. Values may be nested. An error is told as an exception.
 */
export type Data = object | (() => object | undefined)

/** A record as one object. */
export interface LogFields extends CallFilterOptions {
  /** Default: `error` if there is an `error`, else `info`. */
  readonly level?: Level
  /** Its body. Default: that of `error`, if there is one. */
  readonly message?: Message
  /** Its attributes. Default: none. */
  readonly data?: Data
  /** The name of an event, of which there should be few: `order.placed`, not `order 17 placed`. */
  readonly id?: string
  /** The instrumentation scope. Default: that of the logger that is called. */
  readonly ns?: string
  /** What was thrown, anything. */
  readonly error?: unknown
  /** When it happened: a date, or milliseconds since the epoch. Default: now. */
  readonly timestamp?: number | Date
}

/** The fields as a call. Reading them may throw, if they are no plain object: then the record says so. */
export function callOf(fields: LogFields, defaultNs: string): Call {
  try {
    const {
      message,
      data,
      id,
      ns = defaultNs,
      error,
      level = error === undefined ? 'info' : 'error',
      timestamp,
      sample,
      when,
      limit,
    } = fields
    const isFiltered = sample !== undefined || when !== undefined || limit !== undefined
    return {
      level,
      ns: scopeName(ns, defaultNs),
      message,
      data,
      id,
      ...(error !== undefined && { thrown: { error } }),
      ...(timestamp !== undefined && { timestamp: timeOf(timestamp) }),
      ...(isFiltered && { filter: fields }),
    }
  } catch {
    return { level: 'info', ns: defaultNs, message: '[unreadable]' }
  }
}

/** The name of an instrumentation scope; `fallback` for what is none. */
export function scopeName(ns: unknown, fallback: string): string {
  return typeof ns === 'string' && ns !== '' ? ns : fallback
}

/** The last second whose nanoseconds are a signed number of 64 bits, which is what other programs keep times in. */
const MAX_TIMESTAMP = 9_223_372_036_000

/** The time; now, if it is none that a record can have. Not as milliseconds, which the SDK takes for an uptime if few. */
function timeOf(timestamp: unknown): HrTime {
  const given = types.isDate(timestamp) ? timestamp.getTime() : timestamp
  const isTime = typeof given === 'number' && given >= 0 && given <= MAX_TIMESTAMP
  const millis = isTime ? given : Date.now()
  return [Math.floor(millis / 1e3), Math.floor((millis % 1e3) * 1e6)]
}
