import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import type { Clock } from '../../common/clock.js'
import { callExporter, type ExportOutcome } from '../export-call.js'
import { failureReason } from '../failure-reason.js'
import type { EncodedBatch } from '../otlp/encoded-batch.js'
import { decodable } from '../otlp/log-record-decoder.js'
import { failedRecords } from '../partial-export-error.js'
import type { Delivered, Destination } from './destination.js'

/** How an exporter is called. */
export interface ExporterCalls {
  /** How long one call may take until its records have failed, in milliseconds. */
  readonly timeoutMillis: number
  /** How many may be under way at a time, late ones included. */
  readonly concurrency: number
}

/**
 * Brings records to a log record exporter, whichever it is: it may answer late, twice, never, or throw. A call that is
 * late keeps its place for one more time-out, so that calls which never end do not pile up.
 */
export class ExporterDestination implements Destination {
  readonly #exporter: LogRecordExporter
  readonly #calls: ExporterCalls
  readonly #clock: Clock
  #underWay = 0
  /** Who waits for a place. */
  readonly #waiting: (() => void)[] = []

  constructor(exporter: LogRecordExporter, calls: ExporterCalls, clock: Clock) {
    this.#exporter = exporter
    this.#calls = calls
    this.#clock = clock
  }

  async deliver(
    batch: EncodedBatch,
    settle: (delivered: Delivered) => void,
    signal: AbortSignal,
  ): Promise<void> {
    while (this.#underWay >= this.#calls.concurrency) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    if (signal.aborted) return
    const decoded = decodable(batch)
    // Theirs who export it from then on, and may empty it.
    const handedOver = decoded.length
    const unreadable = batch.length - handedOver
    this.#underWay++
    await new Promise<void>((resolve) => {
      callExporter(this.#exporter, decoded, this.#calls.timeoutMillis, this.#clock, {
        settled: (outcome) => {
          settle(deliveredOf(outcome, handedOver, unreadable))
          resolve()
        },
        released: () => {
          this.#underWay--
          this.#waiting.shift()?.()
        },
      })
    })
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.()
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown()
  }

  /** Nothing: `shutdown` has let go of everything, and its thread ends. */
  close(): void {}
}

/** @param unreadable records that the exporter was not handed, and that failed for that. */
function deliveredOf(outcome: ExportOutcome, records: number, unreadable: number): Delivered {
  const failed = outcome === undefined ? 0 : failedRecords(outcome.error, records)
  const delivered = { exported: records - failed, failed: failed + unreadable }
  if (outcome !== undefined) return { ...delivered, reason: failureReason(outcome.error) }
  return unreadable > 0 ? { ...delivered, reason: 'invalid' } : delivered
}
