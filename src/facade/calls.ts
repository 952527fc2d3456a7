import type { EntryPoint } from './call-site.js'
import type { Gate } from './gate.js'
import { type Level, type LevelName, rankOf } from './level.js'
import type { Call, LogEmitter } from './log-emitter.js'

/** A message, or a function that makes it, called only if the record is wanted. */
export type Message = string | (() => string)

/** What a record tells beside its message: its attributes. Values may be nested. An error is told as an exception. */
export type Data = object

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
}

/** Logs at one level. */
export type LogAtLevel = (message?: Message, data?: Data) => void

/**
 * Logs a record. Never throws. A level that does not exist counts as `info`; a message function that throws leaves a
 * body that says so.
 */
export interface Log extends Readonly<Record<LevelName, LogAtLevel>> {
  (level: Level, message?: Message, data?: Data): void
  (fields: LogFields): void
}

/** Logs that something happened that has a name (specification, "events"): at `info`, unless told otherwise. */
export interface LogEvent {
  (id: string, data?: Data): void
  (level: Level, id: string, data?: Data): void
}

/**
 * Logs what was thrown, at level `error`: as the attributes `exception.type`, `exception.message` and
 * `exception.stacktrace`, unless `data` has them, and with its message as the body.
 */
export type LogError = (error: unknown, data?: Data) => void

/** The calls, for one instrumentation scope. */
export interface TelemetryLogger {
  readonly log: Log
  readonly event: LogEvent
  readonly error: LogError
}

/**
 * Makes the calls of one scope. They are plain functions, so that they can be passed on and destructured, and look at
 * the gate before they do anything: a call that is not wanted costs a comparison.
 */
export function createCalls(gate: Gate, emitter: LogEmitter, ns: string): TelemetryLogger {
  return {
    log: createLog(gate, emitter, ns),
    event: createEvent(gate, emitter, ns),
    error: createError(gate, emitter, ns),
  }
}

/** The name of an instrumentation scope; `fallback` for what is none. */
export function scopeName(ns: unknown, fallback: string): string {
  return typeof ns === 'string' && ns !== '' ? ns : fallback
}

function createLog(gate: Gate, emitter: LogEmitter, ns: string): Log {
  function log(level: unknown, message?: unknown, data?: unknown): void {
    if (!gate.isEnabled) return
    if (typeof level === 'object' && level !== null) logFields(level, gate, emitter, ns, log)
    else if (rankOf(level) >= gate.threshold) emitter.emit({ level, ns, message, data }, log)
  }
  function at(level: LevelName): LogAtLevel {
    const rank = rankOf(level)
    return function logAtLevel(message, data) {
      if (rank >= gate.threshold) emitter.emit({ level, ns, message, data }, logAtLevel)
    }
  }
  return Object.assign(log, {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    report: at('report'),
  })
}

function createEvent(gate: Gate, emitter: LogEmitter, ns: string): LogEvent {
  return function event(first: unknown, second?: unknown, third?: unknown): void {
    if (!gate.isEnabled) return
    // Only a level is followed by another string.
    const hasLevel = typeof second === 'string'
    const level = hasLevel ? first : 'info'
    const id = hasLevel ? second : first
    if (gate.allows(rankOf(level), id))
      emitter.emit({ level, ns, id, data: hasLevel ? third : second }, event)
  }
}

function createError(gate: Gate, emitter: LogEmitter, ns: string): LogError {
  const rank = rankOf('error')
  return function logError(error, data) {
    if (rank >= gate.threshold) emitter.emit({ level: 'error', ns, data, thrown: { error } }, logError)
  }
}

function logFields(fields: object, gate: Gate, emitter: LogEmitter, ns: string, entry: EntryPoint): void {
  const call = callOf(fields, ns)
  if (gate.of(call.ns).allows(rankOf(call.level), call.id)) emitter.emit(call, entry)
}

/** The fields as a call. Reading them may throw, if they are no plain object. */
function callOf(fields: LogFields, defaultNs: string): Call {
  try {
    const {
      message,
      data,
      id,
      ns = defaultNs,
      error,
      level = error === undefined ? 'info' : 'error',
    } = fields
    return {
      level,
      ns: scopeName(ns, defaultNs),
      message,
      data,
      id,
      ...(error !== undefined && { thrown: { error } }),
    }
  } catch {
    return { level: 'info', ns: defaultNs, message: '[unreadable]' }
  }
}
