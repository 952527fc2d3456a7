import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import { isSynchronous } from '../exporters/synchronous-exporter.js'
import { TooManyValuesError } from './any-value.js'
import { BlockingWait } from './blocking-wait.js'
import { CallbackDrain } from './callback-drain.js'
import { Departures } from './departures.js'
import type { Drain } from './drain.js'
import { isInExportScope } from './export-scope.js'
import type { Ledger } from './ledger.js'
import { LossMarker } from './loss-marker.js'
import type { LossReporter } from './loss-reporter.js'
import { blocking, dropping, type OverflowPolicy, sliding } from './overflow.js'
import type { QueueSettings } from './queue-options.js'
import type { DropReason } from './queue-stats.js'
import { RecordQueue } from './record-queue.js'
import { RoomBySeverity } from './reserve.js'
import { LogRecordSnapshot } from './snapshot.js'
import { SynchronousDrain } from './synchronous-drain.js'

/**
 * A queue of records on this thread, and the drain that empties it into an exporter object. Here it is decided, and
 * counted, what becomes of each record.
 */
export class InProcessQueue {
  readonly #settings: QueueSettings
  readonly #ledger: Ledger
  readonly #loss: LossReporter
  readonly #clock: Clock
  readonly #queue: RecordQueue
  readonly #room: RoomBySeverity
  readonly #departures: Departures
  readonly #drain: Drain
  readonly #whenFull: OverflowPolicy
  readonly #afterAccept: () => void
  readonly #marker: LossMarker | undefined
  /** True while a record is read: a getter of it may log, and that record would be read in turn. */
  #isReading = false
  #isClosed = false
  /** When the time that the end of the process has for this queue is over; set once the end has come. */
  #exitDeadline: number | undefined

  constructor(settings: QueueSettings, ledger: Ledger, loss: LossReporter, clock: Clock) {
    const { exporter, mode } = settings
    this.#settings = settings
    this.#ledger = ledger
    this.#loss = loss
    this.#clock = clock
    this.#queue = new RecordQueue(settings.maxQueueSize)
    this.#room = new RoomBySeverity(settings.maxQueueSize, settings.reserve)
    this.#departures = new Departures(this.#queue, ledger, (failed, error) =>
      loss.noticed('failed', failed, error),
    )
    this.#marker = settings.reportLoss
      ? new LossMarker(this.#queue, ledger, this.#room.for(undefined))
      : undefined
    if ((mode === 'blocking' || mode === 'sync') && isSynchronous(exporter)) {
      const drain = new SynchronousDrain(this.#queue, this.#departures, exporter, settings, clock)
      const wait = new BlockingWait(this.#queue, drain, ledger, settings.blockTimeoutMillis, clock)
      this.#drain = drain
      this.#whenFull = blocking(wait)
      this.#afterAccept = mode === 'sync' ? () => wait.forRoom(1) : () => drain.notify()
    } else {
      const drain = new CallbackDrain(this.#queue, this.#departures, exporter, settings, clock)
      this.#drain = drain
      this.#whenFull = mode === 'sliding' ? sliding : dropping
      this.#afterAccept = mode === 'sync' ? () => drain.sendDue() : () => drain.notify()
    }
  }

  /** Records that wait. */
  get size(): number {
    return this.#queue.size
  }

  /** Where the stream stands: what was emitted so far is before this mark. */
  get mark(): number {
    return this.#queue.next
  }

  /** Takes a record, or drops it for a reason. Never throws, whatever the record is. */
  offer(record: ReadableLogRecord): void {
    if (this.#isReading || isInExportScope()) {
      this.#ledger.suppressed++
      return
    }
    const admitted = this.#admit(record)
    if (typeof admitted === 'string') this.#refuse(admitted)
    else this.#accept(admitted)
  }

  /** Refuses records from now on. */
  close(): void {
    this.#isClosed = true
  }

  /** Sends what is before `mark` as soon as it can go; resolves when all of it has left. */
  async drained(mark: number): Promise<void> {
    const passed = this.#departures.passed(mark)
    this.#drain.urge(mark)
    await passed
  }

  /** How many records before `mark` have not left yet. */
  pendingBefore(mark: number): number {
    return this.#departures.pendingBefore(mark)
  }

  /** Gives up on all that has not left yet: it is failed. */
  abandon(): void {
    this.#drain.stop()
    const left = this.#queue.take(this.#queue.size).length
    this.#ledger.failed += left
    this.#ledger.abandoned += left
    if (left > 0) this.#loss.noticed('failed', left)
    this.#departures.moved()
  }

  /**
   * Delivers what it can while the process waits for it; what is emitted later is delivered at once, as long as there
   * is time. Without a synchronous exporter nothing can be delivered any more: then it is closed.
   */
  drainAtExit(timeoutMillis: number): void {
    if (isSynchronous(this.#settings.exporter)) {
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
        const refusal = this.#whenFull(room)
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
