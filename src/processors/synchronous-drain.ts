import type { Clock } from '../common/clock.js'
import type { SynchronousLogRecordExporter } from '../exporters/synchronous-exporter.js'
import { BatchSchedule } from './batch-schedule.js'
import type { Batch, Departures } from './departures.js'
import type { Drain, DrainSettings } from './drain.js'
import { exportSynchronously } from './export-sync.js'
import type { RecordQueue } from './record-queue.js'

/** How long the event loop goes on before a destination that would not take more is tried again, in milliseconds. */
const RETRY_MILLIS = 10

/**
 * Drains through `exporter.exportSync`, one batch at a time: from a turn of its own, without waiting there, or from a
 * caller of a blocking queue, which waits. Never through both ways of an exporter: their order would be anyone's guess.
 */
export class SynchronousDrain implements Drain {
  readonly #queue: RecordQueue
  readonly #departures: Departures
  readonly #exporter: SynchronousLogRecordExporter
  readonly #settings: DrainSettings
  readonly #clock: Clock
  readonly #schedule: BatchSchedule
  #unfinished: Batch | undefined
  #cancelRetry: (() => void) | undefined
  #stopped = false

  constructor(
    queue: RecordQueue,
    departures: Departures,
    exporter: SynchronousLogRecordExporter,
    settings: DrainSettings,
    clock: Clock,
  ) {
    this.#queue = queue
    this.#departures = departures
    this.#exporter = exporter
    this.#settings = settings
    this.#clock = clock
    this.#schedule = new BatchSchedule(queue, settings, clock, () => this.#runTurn())
  }

  /** The batch that the exporter has begun with and could not finish in time; no other may come before it. */
  get unfinished(): Batch | undefined {
    return this.#unfinished
  }

  notify(): void {
    this.#schedule.arrange(this.#unfinished === undefined)
  }

  urge(mark: number): void {
    this.#schedule.urge(mark)
  }

  /** Exports one batch, waiting at most `timeoutMillis` for it; `false` if that was not enough. */
  step(timeoutMillis: number): boolean {
    const batch = this.#unfinished ?? this.#departures.take(this.#settings.maxExportBatchSize)
    this.#unfinished = batch
    const answer = exportSynchronously(this.#exporter, batch.records, timeoutMillis)
    if (answer === 'unfinished') {
      this.#retryLater()
      return false
    }
    this.#unfinished = undefined
    this.#departures.settle(batch, answer.outcome)
    // A caller that waited may not bring a record after all, and then nobody else arranges for those behind this batch.
    this.#schedule.arrange(true)
    return true
  }

  stop(): void {
    this.#stopped = true
    this.#unfinished = undefined
    this.#schedule.stop()
    this.#cancelRetry?.()
    this.#departures.giveUp()
  }

  drainAtExit(timeoutMillis: number): void {
    const end = this.#clock.now() + timeoutMillis
    while (this.#queue.size > 0 || this.#unfinished !== undefined) {
      if (!this.step(Math.max(0, end - this.#clock.now()))) return
    }
  }

  #runTurn(): void {
    if (this.#unfinished !== undefined || this.#schedule.isDue) this.step(0)
    else this.#schedule.arrange(true)
  }

  #retryLater(): void {
    if (this.#stopped) return
    this.#cancelRetry ??= this.#clock.after(RETRY_MILLIS, () => {
      this.#cancelRetry = undefined
      if (this.#unfinished !== undefined) this.#runTurn()
    })
  }
}
