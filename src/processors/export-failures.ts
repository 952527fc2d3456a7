import type { LossReporter } from './loss-reporter.js'
import type { FailureListener } from './queue-options.js'

const GIVEN_UP = 'shutdown_timeout'

/**
 * The records that the export thread told of as failed, by reason. How many failed in all stands in shared memory and may
 * be ahead of the messages that say why.
 */
export class ExportFailures {
  readonly #byReason = new Map<string, number>()
  readonly #loss: LossReporter
  readonly #listener: FailureListener | undefined

  constructor(loss: LossReporter, listener: FailureListener | undefined) {
    this.#loss = loss
    this.#listener = listener
  }

  get byReason(): ReadonlyMap<string, number> {
    return this.#byReason
  }

  /** Notes so many records that failed, and tells of them. */
  tell(records: number, reason: string): void {
    if (records <= 0) return
    this.#note(records, reason)
    this.#report(records, reason)
  }

  /** How many records it knows of. */
  get told(): number {
    return [...this.#byReason.values()].reduce((sum, records) => sum + records, 0)
  }

  /** What failed without a message so far, of so many in all: who waits, or shuts down, may be ahead of the message. */
  tellOthers(failed: number): void {
    this.tell(failed - this.told, 'unknown')
  }

  /** Tells of those that a shutdown gives up on. Only what was in flight has been handed to the exporter, and failed there. */
  giveUp(queued: number, inFlight: number): void {
    if (inFlight > 0) this.#note(inFlight, GIVEN_UP)
    if (queued + inFlight > 0) this.#report(queued + inFlight, GIVEN_UP)
  }

  #note(records: number, reason: string): void {
    this.#byReason.set(reason, (this.#byReason.get(reason) ?? 0) + records)
  }

  #report(records: number, reason: string): void {
    this.#loss.noticed('failed', records, reason)
    this.#listener?.(records, reason)
  }
}
