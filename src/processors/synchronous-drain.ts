import type { Clock } from '../common/clock.js'
import type { SynchronousLogRecordExporter } from '../exporters/synchronous-exporter.js'
import { BatchSchedule } from './batch-schedule.js'
import type { Batch, Departures } from './departures.js'
import type { Drain, DrainSettings } from './drain.js'
import { exportSynchronously } from './export-sync.js'
import { pendingResources, whenSettled } from './pending-resources.js'
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
  /** Calls off the wait for a resource: the batch is taken, but the exporter has not begun with it. */
  #cancelWait: (() => void) | undefined
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

  /** The batch that is taken and not done: held back, or not finished in time. No other may come before it. */
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
    this.#endWait()
    const batch = this.#begun()
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
    this.#endWait()
    this.#departures.giveUp()
  }

  drainAtExit(timeoutMillis: number): void {
    const end = this.#clock.now() + timeoutMillis
    while (this.#queue.size > 0 || this.#unfinished !== undefined) {
      if (!this.step(Math.max(0, end - this.#clock.now()))) return
    }
  }

  #runTurn(): void {
    if (this.#unfinished === undefined && this.#schedule.isDue) this.#holdBack(this.#begun())
    if (this.#cancelWait !== undefined) return
    if (this.#unfinished !== undefined) this.step(0)
    else this.#schedule.arrange(true)
  }

  #begun(): Batch {
    this.#unfinished ??= this.#departures.take(this.#settings.maxExportBatchSize)
    return this.#unfinished
  }

  /** Until its resource has settled, unless a caller cannot wait for that. */
  #holdBack(batch: Batch): void {
    const pending = pendingResources(batch.records)
    if (pending.size === 0) return
    this.#cancelWait = whenSettled(pending, this.#clock, () => {
      this.#cancelWait = undefined
      this.#runTurn()
    })
  }

  #endWait(): void {
    this.#cancelWait?.()
    this.#cancelWait = undefined
  }

  #retryLater(): void {
    if (this.#stopped) return
    this.#cancelRetry ??= this.#clock.after(RETRY_MILLIS, () => {
      this.#cancelRetry = undefined
      if (this.#unfinished !== undefined) this.#runTurn()
    })
  }
}
