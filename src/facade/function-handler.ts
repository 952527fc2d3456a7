import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { isThenable } from '../common/thenable.js'
import type { ExportOutcome } from '../exporters/export-call.js'
import type { HandlingTimes } from './handling-times.js'
import { type Signal, signalOf } from './signal.js'

/** A handler that is a function. What it throws, or what the promise it returns rejects with, is counted and told. */
export type HandlerFunction = (signal: Signal) => void | Promise<void>

/** One record through the function. */
export type HandlerCall = (record: ReadableLogRecord) => Promise<ExportOutcome> | ExportOutcome

/**
 * Guards a handler function: the call says what became of the record, as soon as that is known, and neither throws nor
 * rejects. The time until then is its handling time.
 */
export function guarded(handler: HandlerFunction, times: HandlingTimes): HandlerCall {
  return (record) => {
    const start = times.start()
    const over = (outcome: ExportOutcome) => {
      times.end(start)
      return outcome
    }
    const handled = () => over(undefined)
    const failed = (error: unknown) => over({ error })
    try {
      const result: unknown = handler(signalOf(record))
      return isThenable(result) ? Promise.resolve(result).then(handled, failed) : handled()
    } catch (error) {
      return failed(error)
    }
  }
}
