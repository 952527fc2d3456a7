import { runInExportScope } from '../exporters/export-scope.js'
import { FailurePace } from './failure-pace.js'

/** What failed, and how often. Nothing of a record is in it, nor what an error says: that may quote one. */
export interface HandlerFailure {
  /** The id of the handler; `undefined` if it was a call that failed, before there was a record to be handled. */
  readonly handler: string | undefined
  /** How many records it failed for since it was told the last time; 0 if it failed to stop, and for none besides. */
  readonly failures: number
  /** The class of the error that came last. */
  readonly errorType: string
  /** Its code, such as `ENOSPC`, if it has one. */
  readonly errorCode: string | undefined
}

/** Told of failures. What it throws is ignored; what it logs is not taken: it would be told of that, in turn. */
export type ErrorHandler = (failure: HandlerFailure) => void

/** What an error handler can be told. */
export interface ErrorHandlerOptions {
  /** The least time between two calls for the same handler, in milliseconds. Default: 60000. */
  readonly intervalMillis?: number
}

/** The application's function for failures, and how often it is called for each of those that fail. */
class PacedErrorHandler {
  readonly #tell: ErrorHandler
  readonly #intervalMillis: number
  readonly #paces = new WeakMap<object, FailurePace>()

  constructor(tell: ErrorHandler, intervalMillis: number) {
    this.#tell = tell
    this.#intervalMillis = intervalMillis
  }

  add(source: object, failure: HandlerFailure, now: number): void {
    const pace = this.#paces.get(source) ?? new FailurePace(this.#intervalMillis)
    this.#paces.set(source, pace)
    const failures = pace.add(failure.failures, now)
    if (failures === undefined) return
    try {
      const told: unknown = runInExportScope(() => this.#tell({ ...failure, failures }))
      // It may be an async function: what that rejects with must not end the process.
      void Promise.resolve(told).catch(() => undefined)
    } catch {
      // It is where failures are told; there is nowhere else.
    }
  }
}

/** Where all that fails in one telemetry finds the error handler of the moment. */
export class ErrorHandlers {
  #current: PacedErrorHandler | undefined

  /** @param tell `undefined`: nobody is told. */
  set(tell: ErrorHandler | undefined, intervalMillis: number): void {
    this.#current = tell && new PacedErrorHandler(tell, intervalMillis)
  }

  /** @param source what fails, whose failures are added up. */
  add(source: object, failure: HandlerFailure, now: number): void {
    this.#current?.add(source, failure, now)
  }
}
