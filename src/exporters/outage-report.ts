import { diag } from '@opentelemetry/api'
import { errorCode } from './platform.js'

/**
 * Tells of a destination that cannot be written to: once when that begins, once when it is over, never in between.
 * What is told names destination and error, and nothing of a record.
 */
export class OutageReport {
  readonly #destination: string
  #lostRecords: number | undefined

  constructor(destination: string) {
    this.#destination = destination
  }

  failed(error: unknown, records: number): void {
    if (this.#lostRecords === undefined) {
      tell(() =>
        diag.error(
          `otel-sluice: cannot write to ${this.#destination} (${reason(error)}); every export tries again`,
        ),
      )
    }
    this.#lostRecords = (this.#lostRecords ?? 0) + records
  }

  succeeded(): void {
    if (this.#lostRecords === undefined) return
    const lost = this.#lostRecords
    this.#lostRecords = undefined
    tell(() => diag.info(`otel-sluice: writing to ${this.#destination} again, after ${lost} failed records`))
  }
}

/** Not the message of a system error: it repeats the path. */
function reason(error: unknown): string {
  return errorCode(error) ?? String(error)
}

/** The application's diagnostics logger is foreign code: what it throws must not stop the writing. */
function tell(report: () => void): void {
  try {
    report()
  } catch {
    // There is nobody left to tell.
  }
}
