import { booleanOption, functionOption, MAX_MILLIS, numberOption, objectOption } from '../common/settings.js'
import type { ErrorHandler, ErrorHandlerOptions, ErrorHandlers } from './error-handler.js'
import { comparison, type HandlerComparison } from './handler-comparison.js'
import type { HandlerChanges } from './handler-options.js'
import type { HandlerRegistry } from './handler-registry.js'

/** What can be done with handlers while they are at work. */
export interface HandlerControl {
  /**
   * Changes options of a handler at run time. What is not named stays as it is, parts of `async` too; what is
   * `undefined` goes back to its default; `async: true` gives it the queue that it had last.
   *
   * No queued record is lost: when `async` changes, what waits is delivered in the background, to the same target, and
   * new records do not wait for it, so they can arrive first. `flushTelemetry` and `shutdownTelemetry` wait for both.
   *
   * @throws TypeError or RangeError if there is no such handler, or an option is wrong, naming it; then nothing changes.
   */
  setHandlerOptions(id: string, options: HandlerChanges): void
  /**
   * Gives all handlers a queue (`true`: that which they had last, or the default), or takes it from them (`false`).
   * Handlers that are added later go by their own options.
   *
   * @returns the ids of handlers that stay as they are, since they cannot be so: processors, exporters that cannot
   *   export while the caller waits.
   * @throws TypeError if the argument is no boolean.
   */
  setAsync(isAsync: boolean): string[]
  /**
   * The statistics of two handlers side by side, and those of the second as multiples of those of the first.
   *
   * @throws TypeError if there is no such handler.
   */
  compareHandlers(a: string, b: string): HandlerComparison
  /**
   * Has a function told of handlers and calls that fail: the first time at once, then at most once a minute for each.
   * They are told in diagnostics and on stderr all the same, and stay in use. One function at a time; `undefined`: none.
   *
   * @throws TypeError or RangeError if it is no function, or an option is wrong.
   */
  setErrorHandler(handler: ErrorHandler | undefined, options?: ErrorHandlerOptions): void
}

const DEFAULT_INTERVAL_MILLIS = 60_000

export function createHandlerControl(
  registry: HandlerRegistry,
  errorHandlers: ErrorHandlers,
): HandlerControl {
  return {
    setHandlerOptions: (id, options) => registry.change(id, options),
    setAsync: (isAsync) => registry.changeAll({ async: booleanOption(isAsync, 'isAsync') }),
    compareHandlers: (a, b) => comparison([a, registry.statsOf(a, 'a')], [b, registry.statsOf(b, 'b')]),
    setErrorHandler(handler, options = {}) {
      const { intervalMillis = DEFAULT_INTERVAL_MILLIS } = objectOption(options, 'options')
      errorHandlers.set(
        handler === undefined ? undefined : functionOption(handler, 'handler'),
        numberOption(intervalMillis, { option: 'intervalMillis', min: 0, max: MAX_MILLIS }),
      )
    },
  }
}
