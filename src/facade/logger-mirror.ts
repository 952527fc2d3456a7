import { Console } from 'node:console'
import { inspect } from 'node:util'
import { choiceOption, describe } from '../common/settings.js'
import { isThenable } from '../common/thenable.js'
import type { HandlerFunction } from './function-handler.js'
import type { HandlerOptions } from './handler-options.js'
import type { LevelName } from './level.js'
import type { Signal } from './signal.js'

// Any function will do: loggers type theirs in ways that have nothing in common.
type LoggerMethod = (...args: never[]) => unknown

/**
 * A logger of the application's: a console, a pino or winston logger, or anything with such methods. For a level that has
 * none, the nearest takes its place.
 */
export interface MirroredLogger {
  /** For `trace`. */
  readonly trace?: LoggerMethod
  /** For `debug`. */
  readonly debug?: LoggerMethod
  /** For `info` and `report`. */
  readonly info?: LoggerMethod
  /** For `warn`. */
  readonly warn?: LoggerMethod
  /** For `error`. */
  readonly error?: LoggerMethod
  /** For `fatal`. */
  readonly fatal?: LoggerMethod
}

/**
 * How the methods of a logger take what is logged: `console`, `winston`: the message, then the data; `pino`: the data,
 * then the message.
 */
export type LoggerShape = 'console' | 'pino' | 'winston'

/** What a handler that mirrors to a logger can be told. */
export interface LoggerHandlerOptions extends HandlerOptions {
  /** How the logger takes its arguments. Default: what it looks like. */
  readonly shape?: LoggerShape
}

const SHAPES: readonly LoggerShape[] = ['console', 'pino', 'winston']
const METHODS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
type Method = (typeof METHODS)[number]

/**
 * The scopes of records that come from such loggers: they wrote them themselves already, and bridged them again if they
 * got them once more.
 */
export const BRIDGED_SCOPES = [
  '@opentelemetry/instrumentation-bunyan',
  '@opentelemetry/instrumentation-pino',
  '@opentelemetry/instrumentation-winston',
  '@opentelemetry/winston-transport',
]

/** @throws TypeError if it is no logger, or there is no such shape. */
export function mirrorTo(logger: MirroredLogger, shape?: LoggerShape): HandlerFunction {
  const missing = methodsOf(logger).length === 0
  if (missing) {
    throw new TypeError(`logger must have one of the methods ${METHODS.join(', ')}, got ${describe(logger)}`)
  }
  const arrange = ARRANGEMENTS[shape === undefined ? shapeOf(logger) : choiceOption(shape, 'shape', SHAPES)]
  const isNodeConsole = logger instanceof Console
  return (signal) => {
    // Looked up for each record: loggers exchange their methods when their own level changes.
    const method = nearestMethod(
      logger,
      isNodeConsole && signal.level === 'trace' ? 'debug' : methodFor(signal.level),
    )
    const data = dataOf(signal)
    const text = textOf(signal)
    const written: unknown = Reflect.apply(
      method,
      logger,
      arrange(isNodeConsole && data !== undefined ? unformatted(text) : text, data),
    )
    // Most return nothing, or the logger; what a promise rejects with is a failure like one that is thrown.
    return isThenable(written) ? Promise.resolve(written).then(() => undefined) : undefined
  }
}

type Arrangement = (message: string, data: object | undefined) => unknown[]

const messageFirst: Arrangement = (message, data) => (data === undefined ? [message] : [message, data])

const ARRANGEMENTS: Readonly<Record<LoggerShape, Arrangement>> = {
  console: messageFirst,
  winston: messageFirst,
  pino: (message, data) => (data === undefined ? [message] : [data, message]),
}

function shapeOf(logger: object): LoggerShape {
  const has = (name: string) => typeof Reflect.get(logger, name) === 'function'
  // `addSerializers` is bunyan's, which takes its arguments as pino does.
  if (has('child') && (has('bindings') || has('addSerializers'))) return 'pino'
  return has('createLogger') || (has('configure') && has('add')) ? 'winston' : 'console'
}

function methodsOf(logger: unknown): Method[] {
  if ((typeof logger !== 'object' && typeof logger !== 'function') || logger === null) return []
  return METHODS.filter((name) => typeof Reflect.get(logger, name) === 'function')
}

function methodFor(level: LevelName | undefined): Method {
  return level === undefined || level === 'report' ? 'info' : level
}

/** The method, or the nearest one that there is; of two that are as near, the one for what is worse. */
function nearestMethod(logger: MirroredLogger, wanted: Method): LoggerMethod {
  const rank = METHODS.indexOf(wanted)
  const distance = (name: Method) => Math.abs(METHODS.indexOf(name) - rank)
  const [nearest] = methodsOf(logger).sort(
    (a, b) => distance(a) - distance(b) || METHODS.indexOf(b) - METHODS.indexOf(a),
  )
  const method = nearest === undefined ? undefined : logger[nearest]
  if (method === undefined) throw new TypeError('the logger has lost its methods')
  return method
}

/** The message as text; of an event without one, its name. */
function textOf({ message, id }: Signal): string {
  if (typeof message === 'string') return message
  if (message === undefined || message === null) return id ?? ''
  return inspect(message, { depth: null, breakLength: Number.POSITIVE_INFINITY })
}

/** A copy, since loggers add to what they are given. `undefined` if there is nothing. */
function dataOf({ data, id }: Signal): Record<string, unknown> | undefined {
  const copy: Record<string, unknown> = id === undefined ? { ...data } : { 'event.name': id, ...data }
  return Object.keys(copy).length === 0 ? undefined : copy
}

/** Node's console would take a percent sign for a place to put the data. */
function unformatted(message: string): string {
  return message.replaceAll('%', '%%')
}
