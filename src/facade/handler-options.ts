import { booleanOption, choiceOption, numberOption, objectOption } from '../common/settings.js'
import type { OverflowMode } from '../processors/queue-stats.js'
import type { HandlerFilterOptions } from './handler-filter-options.js'

/** The queue of a handler. */
export interface AsyncOptions {
  /** What a full queue does. Default: `dropping`. */
  readonly mode?: OverflowMode
  /** The most records that wait. Default: 1024. */
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

/** A handler's options, defaults filled in. */
export interface ResolvedHandlerOptions {
  readonly enabled: boolean
  readonly async: false | Required<AsyncOptions>
}

export const MODES: readonly OverflowMode[] = ['dropping', 'blocking', 'sliding']
export const BUFFER_SIZE = { option: 'async.bufferSize', min: 1, max: 2 ** 24 }
const N_THREADS = { option: 'async.nThreads', min: 1, max: 1024 }

/** @throws TypeError or RangeError if one is wrong. */
export function resolveHandlerOptions(
  options: HandlerOptions,
  asyncByDefault: boolean,
): ResolvedHandlerOptions {
  const { async = asyncByDefault } = options
  return { enabled: resolveEnabled(options), async: resolveAsync(async) }
}

/** @throws TypeError if it is wrong. */
export function resolveEnabled({ enabled = true }: HandlerOptions): boolean {
  return booleanOption(enabled, 'enabled')
}

function resolveAsync(given: boolean | AsyncOptions): false | Required<AsyncOptions> {
  if (given === false) return false
  const options = given === true ? {} : objectOption(given, 'async', 'true, false or an object')
  const { mode = 'dropping', bufferSize = 1024, nThreads = 1 } = options
  return {
    mode: choiceOption(mode, 'async.mode', MODES),
    bufferSize: numberOption(bufferSize, BUFFER_SIZE),
    nThreads: numberOption(nThreads, N_THREADS),
  }
}
