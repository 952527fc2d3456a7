import { booleanOption, choiceOption, describe, numberOption, objectOption } from '../common/settings.js'
import type { OverflowMode } from '../processors/queue-stats.js'
import type { HandlerFilterOptions } from './handler-filter-options.js'

/** The queue of a handler. */
export interface AsyncOptions {
  /** What a full queue does. Default: `dropping`. */
  readonly mode?: OverflowMode
  /**
   * The most records that wait. Default: 1024. An export has a quarter of that at most, rounded up, and no more than 512
   * records, unless `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE` says how many; a function is handed 16 at a time, one by one.
   */
  readonly bufferSize?: number
  /** Exports, or unsettled promises of a function, at a time. Default: 1; more can change the order of records. */
  readonly nThreads?: number
}

/** What every handler can be told. */
export interface HandlerOptions extends HandlerFilterOptions {
  /** Whether it gets any records. Default: true. */
  readonly enabled?: boolean
  /**
   * Whether records wait in a queue for the handler: `true`, or how. With `false`, the handler has run when the call
   * that logs returns. Default: `false` for a function, `true` for an exporter. A processor has neither: it is used as
   * it is.
   */
  readonly async?: boolean | AsyncOptions
}

/**
 * What is to be different about a handler. What is not named stays as it is, parts of `async` too; what is `undefined`
 * goes back to its default.
 */
export type HandlerChanges = {
  readonly [Option in keyof HandlerOptions]?: HandlerOptions[Option] | undefined
}

/** How a handler's records wait: in such a queue, or not at all. */
export type QueueChoice = false | Required<AsyncOptions>

/** How a queue is where its options do not say. */
export const DEFAULT_QUEUE: Required<AsyncOptions> = { mode: 'dropping', bufferSize: 1024, nThreads: 1 }

/** A handler's options, defaults filled in. */
export interface ResolvedHandlerOptions {
  readonly enabled: boolean
  readonly async: QueueChoice
}

export const MODES: readonly OverflowMode[] = ['dropping', 'blocking', 'sliding']
export const BUFFER_SIZE = { option: 'async.bufferSize', min: 1, max: 2 ** 24 }
const N_THREADS = { option: 'async.nThreads', min: 1, max: 1024 }

/**
 * @param queue how the handler's queue is where `async` does not say.
 * @throws TypeError or RangeError if one is wrong.
 */
export function resolveHandlerOptions(
  options: HandlerOptions,
  asyncByDefault: boolean,
  queue: Required<AsyncOptions> = DEFAULT_QUEUE,
): ResolvedHandlerOptions {
  const { async = asyncByDefault } = options
  return { enabled: resolveEnabled(options), async: resolveAsync(async, queue) }
}

/** @throws TypeError if it is wrong. */
export function resolveEnabled({ enabled = true }: HandlerOptions): boolean {
  return booleanOption(enabled, 'enabled')
}

function resolveAsync(given: boolean | AsyncOptions, queue: Required<AsyncOptions>): QueueChoice {
  if (given === false) return false
  const options = given === true ? {} : objectOption(given, 'async', 'true, false or an object')
  const { mode = queue.mode, bufferSize = queue.bufferSize, nThreads = queue.nThreads } = options
  return {
    mode: choiceOption(mode, 'async.mode', MODES),
    bufferSize: numberOption(bufferSize, BUFFER_SIZE),
    nThreads: numberOption(nThreads, N_THREADS),
  }
}

export function isSameQueue(a: QueueChoice, b: QueueChoice): boolean {
  if (a === false || b === false) return a === b
  return a.mode === b.mode && a.bufferSize === b.bufferSize && a.nThreads === b.nThreads
}

const OPTIONS: readonly (keyof HandlerOptions)[] = [
  'enabled',
  'async',
  'minLevel',
  'ns',
  'id',
  'sample',
  'when',
  'limit',
  'transform',
]
const NAMES: readonly string[] = OPTIONS

/**
 * The options with the changes in them.
 *
 * @throws TypeError if the changes name anything that cannot be changed.
 */
export function changedOptions(options: HandlerOptions, changes: HandlerChanges): HandlerOptions {
  const unknown = Object.keys(changes).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) {
    throw new TypeError(
      `options must be of ${NAMES.join(', ')}, got ${describe(unknown)}: to change anything else, add the handler anew`,
    )
  }
  const changed = Object.entries({ ...options, ...changes })
  return Object.fromEntries(changed.filter(([, value]) => value !== undefined))
}
