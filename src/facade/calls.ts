import type { Clock } from '../common/clock.js'
import type { EntryPoint } from './call-site.js'
import type { Gate } from './gate.js'
import { type Level, type LevelName, rankOf } from './level.js'
import type { LogEmitter } from './log-emitter.js'
import { callOf, type Data, type LogFields, type Message } from './log-fields.js'
import { createRunCalls, type RunCalls } from './run-calls.js'

/** Logs at one level. */
export type LogAtLevel = (message?: Message, data?: Data) => void

/**
 * Logs a record. Never throws. A level that does not exist counts as `info`; a message function that throws leaves a
 * body that says so, a data function that throws an attribute `data` that does.
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

/** Logs a record that is given as one object: everything that any of the other calls can say. Never throws. */
export type LogSignal = (fields: LogFields) => void

/**
 * Without arguments, whether records are made at all. With a level, and perhaps the name of an event, whether such a
 * record is wanted now: by the minimum level, and by any handler. So work that only a record needs can be left out.
 * Never throws.
 */
export type IsEnabled = (level?: Level, id?: string) => boolean

/** The calls, for one instrumentation scope. */
export interface TelemetryLogger extends RunCalls {
  /** Logs a record, at a level. */
  readonly log: Log
  /** Logs an event, by its name. */
  readonly event: LogEvent
  /** Logs what was thrown. */
  readonly error: LogError
  /** Logs a record that is given as one object. */
  readonly signal: LogSignal
  /** Whether records are made at all, or such a one is wanted. */
  readonly isEnabled: IsEnabled
}

/**
 * Makes the calls of one scope. They are plain functions, so that they can be passed on and destructured, and look at
 * the gate before they do anything: a call that is not wanted costs a comparison.
 */
export function createCalls(gate: Gate, emitter: LogEmitter, ns: string, clock: Clock): TelemetryLogger {
  return {
    log: createLog(gate, emitter, ns),
    event: createEvent(gate, emitter, ns),
    error: createError(gate, emitter, ns),
    signal: createSignal(gate, emitter, ns),
    isEnabled(level?: Level, id?: string) {
      if (level === undefined) return gate.isEnabled
      return gate.allows(rankOf(level), id) && emitter.isWanted(level, ns, id)
    },
    ...createRunCalls(gate, emitter, ns, clock),
  }
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

function createSignal(gate: Gate, emitter: LogEmitter, ns: string): LogSignal {
  return function signal(fields) {
    if (gate.isEnabled) logFields(fields, gate, emitter, ns, signal)
  }
}

function logFields(fields: LogFields, gate: Gate, emitter: LogEmitter, ns: string, entry: EntryPoint): void {
  const call = callOf(fields, ns)
  if (gate.of(call.ns).allows(rankOf(call.level), call.id)) emitter.emit(call, entry)
}
