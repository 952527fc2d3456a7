import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import { isSynchronous } from '../exporters/synchronous-exporter.js'
import { BatchSchedule } from './batch-schedule.js'
import type { Batch, Departures } from './departures.js'
import type { Drain, DrainSettings } from './drain.js'
import { callExporter } from './export-call.js'
import { exportSynchronously } from './export-sync.js'
import { pendingResources, whenSettled } from './pending-resources.js'
import type { RecordQueue } from './record-queue.js'

/** Drains through `exporter.export`: up to `concurrency` batches at a time, each answered by a callback. */
export class CallbackDrain implements Drain {
  readonly #queue: RecordQueue
  readonly #departures: Departures
  readonly #exporter: LogRecordExporter
  readonly #settings: DrainSettings
  readonly #clock: Clock
  readonly #schedule: BatchSchedule
  /** What forgets each call that holds a slot, or the wait before it; there are at most `concurrency`. */
  readonly #calls = new Map<Batch, () => void>()

  constructor(
    queue: RecordQueue,
    departures: Departures,
    exporter: LogRecordExporter,
    settings: DrainSettings,
    clock: Clock,
  ) {
    this.#queue = queue
    this.#departures = departures
    this.#exporter = exporter
    this.#settings = settings
    this.#clock = clock
    this.#schedule = new BatchSchedule(queue, settings, clock, () => this.sendDue())
  }

  notify(): void {
    this.#schedule.arrange(this.#freeSlots > 0)
  }

  urge(mark: number): void {
    this.#schedule.urge(mark)
  }

  stop(): void {
    this.#schedule.stop()
    for (const forget of this.#calls.values()) forget()
    this.#calls.clear()
    this.#departures.giveUp()
  }

  drainAtExit(timeoutMillis: number): void {
    if (!isSynchronous(this.#exporter)) return
    const end = this.#clock.now() + timeoutMillis
    while (this.#queue.size > 0) {
      const batch = this.#departures.take(this.#settings.maxExportBatchSize)
      const timeLeft = Math.max(0, end - this.#clock.now())
      const answer = exportSynchronously(this.#exporter, batch.records, timeLeft)
      if (answer === 'unfinished') return
      this.#departures.settle(batch, answer.outcome)
    }
  }

  get #freeSlots(): number {
    return this.#settings.concurrency - this.#calls.size
  }

  /** Sends what is due and has a slot, now. */
  sendDue(): void {
    // No more than there are slots now, though an exporter may answer at once: the event loop gets its turn between.
    for (let slots = this.#freeSlots; slots > 0 && this.#schedule.isDue; slots--) this.#send()
    this.#schedule.arrange(this.#freeSlots > 0)
  }

  #send(): void {
    const batch = this.#departures.take(this.#settings.maxExportBatchSize)
    const pending = pendingResources(batch.records)
    if (pending.size === 0) this.#call(batch)
    else
      this.#calls.set(
        batch,
        whenSettled(pending, this.#clock, () => this.#call(batch)),
      )
  }

  #call(batch: Batch): void {
    let isOver = false
    const forget = callExporter(
      this.#exporter,
      batch.records,
      this.#settings.exportTimeoutMillis,
      this.#clock,
      {
        settled: (outcome) => this.#departures.settle(batch, outcome),
        released: () => {
          isOver = true
          this.#calls.delete(batch)
          this.#schedule.arrange(true)
        },
      },
    )
    if (!isOver) this.#calls.set(batch, forget)
  }
}
