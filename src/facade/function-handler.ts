import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { FailureReport } from './failure-report.js'
import type { HandlingTimes } from './handling-times.js'
import { type Signal, signalOf } from './signal.js'

/** A handler that is a function. What it throws, or what the promise it returns rejects with, is counted and told. */
export type HandlerFunction = (signal: Signal) => void | Promise<void>

/** One record through the function. */
export type HandlerCall = (record: ReadableLogRecord) => Promise<boolean> | boolean

/**
 * Guards a handler function: the call says whether the record was handled, as soon as that is known, and neither throws
 * nor rejects. The time until then is its handling time.
 */
export function guarded(
  handler: HandlerFunction,
  failures: FailureReport,
  times: HandlingTimes,
): HandlerCall {
  return (record) => {
    const start = times.start()
    const over = (wasHandled: boolean) => {
      times.end(start)
      return wasHandled
    }
    const failed = (error: unknown) => {
      failures.add(error)
      return over(false)
    }
    try {
      const result: unknown = handler(signalOf(record))
      return isThenable(result) ? Promise.resolve(result).then(() => over(true), failed) : over(true)
    } catch (error) {
      return failed(error)
    }
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
