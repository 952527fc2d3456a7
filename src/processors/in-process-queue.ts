import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { TooManyValuesError } from '../common/any-value.js'
import type { Clock } from '../common/clock.js'
import { isInExportScope, runInExportScope } from '../exporters/export-scope.js'
import { isSynchronous } from '../exporters/synchronous-exporter.js'
import { BlockingWait } from './blocking-wait.js'
import { CallbackDrain } from './callback-drain.js'
import type { Channel, ChannelCounts } from './channel.js'
import { Deliveries } from './deliveries.js'
import { Departures, GivenUpError } from './departures.js'
import type { Drain } from './drain.js'
import type { Ledger } from './ledger.js'
import { LossMarker } from './loss-marker.js'
import type { LossReporter } from './loss-reporter.js'
import { blocking, dropping, type OverflowPolicy, sliding } from './overflow.js'
import type { FailureListener, QueueSettings } from './queue-options.js'
import type { DropReason } from './queue-stats.js'
import { RecordQueue } from './record-queue.js'
import { RoomBySeverity } from './reserve.js'
import { LogRecordSnapshot } from './snapshot.js'
import { SynchronousDrain } from './synchronous-drain.js'

/**
 * A queue of records on this thread, and the drain that empties it into an exporter object. Here it is decided, and
 * counted, what becomes of each record.
 */
export class InProcessQueue implements Channel {
  readonly #exporter: LogRecordExporter
  readonly #ledger: Ledger
  readonly #loss: LossReporter
  readonly #clock: Clock
  readonly #queue: RecordQueue
  readonly #room: RoomBySeverity
  readonly #deliveries = new Deliveries()
  readonly #departures: Departures
  readonly #tellFailed: FailureListener
  readonly #drain: Drain
  readonly #whenFull: OverflowPolicy
  readonly #afterAccept: () => void
  readonly #marker: LossMarker | undefined
  /** True while a record is read: a getter of it may log, and that record would be read in turn. */
  #isReading = false
  #isClosed = false
  /** When the time that the end of the process has for this queue is over; set once the end has come. */
  #exitDeadline: number | undefined

  constructor(
    exporter: LogRecordExporter,
    settings: QueueSettings,
    ledger: Ledger,
    loss: LossReporter,
    clock: Clock,
  ) {
    const { mode } = settings
    this.#exporter = exporter
    this.#ledger = ledger
    this.#loss = loss
    this.#clock = clock
    this.#queue = new RecordQueue(settings.maxQueueSize)
    this.#room = new RoomBySeverity(settings.maxQueueSize, settings.reserve)
    this.#tellFailed = (failed, error) => {
      loss.noticed('failed', failed, error)
      settings.onFailed?.(failed, error)
    }
    this.#departures = new Departures(this.#queue, this.#deliveries, this.#tellFailed)
    this.#marker = settings.reportLoss
      ? new LossMarker(this.#queue, ledger, this.#room.for(undefined))
      : undefined
    if ((mode === 'blocking' || mode === 'sync') && isSynchronous(exporter)) {
      const drain = new SynchronousDrain(this.#queue, this.#departures, exporter, settings, clock)
      const wait = new BlockingWait(drain, ledger, settings.blockTimeoutMillis, clock)
      this.#drain = drain
      this.#whenFull = blocking((hasRoom) => wait.for(hasRoom))
      this.#afterAccept =
        mode === 'sync' ? () => wait.for(() => this.#queue.size === 0) : () => drain.notify()
    } else {
      const drain = new CallbackDrain(this.#queue, this.#departures, exporter, settings, clock)
      this.#drain = drain
      this.#whenFull = mode === 'sliding' ? sliding : dropping
      this.#afterAccept = mode === 'sync' ? () => drain.sendDue() : () => drain.notify()
    }
  }

  get mark(): number {
    return this.#queue.next
  }

  offer(record: ReadableLogRecord): void {
    if (this.#isReading || isInExportScope()) {
      this.#ledger.suppressed++
      return
    }
    const admitted = this.#admit(record)
    if (typeof admitted === 'string') this.#refuse(admitted)
    else this.#accept(admitted)
  }

  close(): void {
    this.#isClosed = true
  }

  async drained(mark: number, isOver: AbortSignal): Promise<void> {
    const passed = this.#departures.passed(mark, isOver)
    this.#drain.urge(mark)
    await passed
  }

  pendingBefore(mark: number): number {
    return this.#departures.pendingBefore(mark)
  }

  async flushExporter(): Promise<void> {
    await runInExportScope(() => this.#exporter.forceFlush?.())
  }

  async shutdownExporter(): Promise<void> {
    await runInExportScope(() => this.#exporter.shutdown?.())
  }

  counts(): ChannelCounts {
    const { inFlight, exported, failed, abandoned } = this.#deliveries
    return {
      queueSize: this.#queue.size,
      queueBytes: 0,
      inFlight,
      exported,
      failed,
      abandoned,
      markers: 0,
      workerRestarts: 0,
    }
  }

  abandon(): void {
    this.#drain.stop()
    const left = this.#queue.take(this.#queue.size).length
    this.#deliveries.failed += left
    this.#deliveries.abandoned += left
    if (left > 0) this.#tellFailed(left, new GivenUpError())
    this.#departures.moved()
  }

  urge(): void {
    this.#drain.urge(this.mark)
  }

  /** Without a synchronous exporter nothing can be delivered any more: then it is closed. */
  drainAtExit(timeoutMillis: number): void {
    if (isSynchronous(this.#exporter)) {
      this.#exitDeadline = this.#clock.now() + timeoutMillis
      this.#drain.drainAtExit(timeoutMillis)
    } else {
      this.close()
    }
  }

  #admit(record: ReadableLogRecord): LogRecordSnapshot | DropReason {
    if (this.#isClosed) return 'already_shutdown'
    this.#isReading = true
    try {
      const room = this.#room.for(record.severityNumber)
      if (this.#queue.size >= room) {
        const refusal = this.#whenFull(() => this.#queue.size < room)
        if (refusal !== undefined) return refusal
      }
      return new LogRecordSnapshot(record)
    } catch (error) {
      return error instanceof TooManyValuesError ? 'record_too_large' : 'invalid'
    } finally {
      this.#isReading = false
    }
  }

  #accept(record: LogRecordSnapshot): void {
    if (this.#queue.size === this.#queue.capacity) this.#evict()
    this.#marker?.beforeAccept(record)
    this.#ledger.emitted++
    this.#queue.push(record)
    this.#afterAccept()
    if (this.#exitDeadline !== undefined) {
      this.#drain.drainAtExit(Math.max(0, this.#exitDeadline - this.#clock.now()))
    }
  }

  #refuse(reason: DropReason): void {
    this.#ledger.emitted++
    this.#ledger.dropped[reason]++
    this.#marker?.noteRefused()
    this.#loss.noticed(reason, 1)
  }

  #evict(): void {
    const before = this.#ledger.dropped.evicted
    if (this.#marker === undefined) {
      this.#queue.evict()
      this.#ledger.dropped.evicted++
    } else {
      this.#marker.evict()
    }
    this.#loss.noticed('evicted', this.#ledger.dropped.evicted - before)
    this.#departures.moved()
  }
}
