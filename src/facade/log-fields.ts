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
export interface LogFields {
  /** Default: `error` if there is an `error`, else `info`. */
  readonly level?: Level
  readonly message?: Message
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
    } = fields
    return {
      level,
      ns: scopeName(ns, defaultNs),
      message,
      data,
      id,
      ...(error !== undefined && { thrown: { error } }),
      ...(timestamp !== undefined && { timestamp: millisOf(timestamp) }),
    }
  } catch {
    return { level: 'info', ns: defaultNs, message: '[unreadable]' }
  }
}

/** The name of an instrumentation scope; `fallback` for what is none. */
export function scopeName(ns: unknown, fallback: string): string {
  return typeof ns === 'string' && ns !== '' ? ns : fallback
}

/** The time, in milliseconds since the epoch; now, if it is none that a record can have. */
function millisOf(timestamp: unknown): number {
  const millis = timestamp instanceof Date ? timestamp.getTime() : timestamp
  return typeof millis === 'number' && millis >= 0 && millis <= MAX_TIMESTAMP ? millis : Date.now()
}

/** The last second whose nanoseconds are a signed number of 64 bits, which is what other programs keep times in. */
const MAX_TIMESTAMP = 9_223_372_036_000
