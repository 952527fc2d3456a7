import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
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

  /** The records that failed so far. */
  get error(): PartialExportError | undefined {
    if (this.#failed === 0) return undefined
    return new PartialExportError(
      `the handler failed for ${this.#failed} of ${this.#logs.length} records`,
      this.#failed,
    )
  }

  /** Goes on until the function returns a promise, and from there when it has settled. */
  run(): void {
    for (;;) {
      const record = this.#logs[this.#next++]
      if (record === undefined) break
      const handled = this.#call(record)
      if (typeof handled !== 'boolean') {
        void handled.then((wasHandled) => {
          this.#count(wasHandled)
          this.run()
        })
        return
      }
      this.#count(handled)
    }
    this.#isOver = true
    this.#whenOver(this.error)
  }

  #count(wasHandled: boolean): void {
    if (!wasHandled) this.#failed++
  }
}
