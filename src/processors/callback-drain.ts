import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import { callExporter } from '../exporters/export-call.js'
import { isSynchronous } from '../exporters/synchronous-exporter.js'
import { BatchSchedule } from './batch-schedule.js'
import type { Batch, Departures } from './departures.js'
import type { Drain, DrainSettings } from './drain.js'
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
  /** What forgets each call; together with the batches held back there are at most `concurrency`. */
  readonly #calls = new Map<Batch, () => void>()
  /** What calls off the wait of each batch that is held back until its resource has settled, oldest first. */
  readonly #heldBack = new Map<Batch, () => void>()
  /** The batch that a synchronous export at exit could not finish in time; no other may come before it. */
  #unfinished: Batch | undefined

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
    for (const [batch, cancel] of [...this.#calls, ...this.#heldBack]) {
      cancel()
      this.#calls.delete(batch)
      this.#heldBack.delete(batch)
    }
    this.#departures.giveUp()
  }

  drainAtExit(timeoutMillis: number): void {
    const exporter = this.#exporter
    if (!isSynchronous(exporter)) return
    const end = this.#clock.now() + timeoutMillis
    const isDone = (batch: Batch) => {
      const answer = exportSynchronously(exporter, batch.records, Math.max(0, end - this.#clock.now()))
      this.#unfinished = answer === 'unfinished' ? batch : undefined
      if (answer !== 'unfinished') this.#departures.settle(batch, answer.outcome)
      return this.#unfinished === undefined
    }
    for (let batch = this.#nextAtExit(); batch !== undefined; batch = this.#nextAtExit()) {
      if (!isDone(batch)) return
    }
    // Nothing new: it has the exporter finish what it was handed before, and answer for it.
    if (this.#calls.size > 0) isDone({ first: this.#queue.next, next: this.#queue.next, records: [] })
  }

  get #freeSlots(): number {
    return this.#settings.concurrency - this.#calls.size - this.#heldBack.size
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
    if (pending.size === 0) {
      this.#call(batch)
      return
    }
    const cancel = whenSettled(pending, this.#clock, () => {
      this.#heldBack.delete(batch)
      this.#call(batch)
    })
    this.#heldBack.set(batch, cancel)
  }

  /** Begun before queued, held back before not: the order in which the records were emitted. */
  #nextAtExit(): Batch | undefined {
    if (this.#unfinished !== undefined) return this.#unfinished
    for (const [batch, cancel] of this.#heldBack) {
      cancel()
      this.#heldBack.delete(batch)
      return batch
    }
    return this.#queue.size > 0 ? this.#departures.take(this.#settings.maxExportBatchSize) : undefined
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
