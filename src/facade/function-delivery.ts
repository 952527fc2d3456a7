import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ExportOutcome } from '../exporters/export-call.js'
import { PartialExportError } from '../exporters/partial-export-error.js'
import type { HandlerCall } from './function-handler.js'

/**
 * One batch on its way through a handler function: one record after the other, the next one when the promise for the
 * one before has settled.
 */
export class FunctionDelivery {
  readonly #logs: readonly ReadableLogRecord[]
  readonly #call: HandlerCall
  readonly #whenOver: (error: PartialExportError | undefined) => void
  #next = 0
  #failed = 0
  #lastError: unknown
  #isOver = false

  /** @param whenOver is called once, with the error if records failed; within `run` if there was no promise. */
  constructor(
    logs: readonly ReadableLogRecord[],
    call: HandlerCall,
    whenOver: (error: PartialExportError | undefined) => void,
  ) {
    this.#logs = logs
    this.#call = call
    this.#whenOver = whenOver
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** The records that failed so far, and what the last one failed with. */
  get error(): PartialExportError | undefined {
    if (this.#failed === 0) return undefined
    return new PartialExportError(
      `the handler failed for ${this.#failed} of ${this.#logs.length} records`,
      this.#failed,
      { cause: this.#lastError },
    )
  }

  /** Goes on until the function returns a promise, and from there when it has settled. */
  run(): void {
    for (;;) {
      const record = this.#logs[this.#next++]
      if (record === undefined) break
      const outcome = this.#call(record)
      if (outcome instanceof Promise) {
        void outcome.then((settled) => {
          this.#count(settled)
          this.run()
        })
        return
      }
      this.#count(outcome)
    }
    this.#isOver = true
    this.#whenOver(this.error)
  }

  #count(outcome: ExportOutcome): void {
    if (outcome === undefined) return
    this.#failed++
    this.#lastError = outcome.error
  }
}
