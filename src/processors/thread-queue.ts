import { setTimeout } from 'node:timers/promises'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { TooManyValuesError } from '../common/any-value.js'
import type { Clock } from '../common/clock.js'
import { withinDeadline } from '../common/deadline.js'
import { isInExportScope } from '../exporters/export-scope.js'
import type { ExporterDescription } from '../exporters/exporter-description.js'
import { LogRecordEncoder } from '../exporters/otlp/log-record-encoder.js'
import { NO_ROOM, ProtobufWriter } from '../exporters/otlp/protobuf-writer.js'
import type { ExportThread } from '../exporters/thread/export-thread.js'
import { createSlots, InFlightSlots } from '../exporters/thread/in-flight-slots.js'
import { createAccounts, SharedAccounts } from '../exporters/thread/shared-accounts.js'
import { createDurations, SharedDurations } from '../exporters/thread/shared-durations.js'
import { createRing, RingProducer } from '../exporters/thread/shared-ring.js'
import { BatchWake } from './batch-wake.js'
import type { Channel, ChannelCounts, ExporterMetricSource } from './channel.js'
import { ExportFailures } from './export-failures.js'
import { ExportThreadWait } from './export-thread-wait.js'
import { exporterIdentity } from './exporter-identity.js'
import type { Ledger } from './ledger.js'
import type { LossReporter } from './loss-reporter.js'
import { blocking, dropping, type OverflowPolicy, sliding } from './overflow.js'
import type { QueueSettings } from './queue-options.js'
import type { DropReason } from './queue-stats.js'
import { type RecordContexts, recordContexts } from './record-contexts.js'
import { RoomBySeverity } from './reserve.js'
import { RingLossMarker } from './ring-loss-marker.js'

/** The longest record, in bytes, unless the queue is smaller: half of what receivers take at once by default. */
const MAX_RECORD_BYTES = 2 * 1024 * 1024
/** The largest batch, in bytes, unless the queue is smaller. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024
/** No record is shorter, in bytes: two times are in each. */
const MIN_RECORD_BYTES = 16
/** A full queue runs over while a batch is taken: by so many of its bytes, and as many records as there may be in them. */
const USUAL_RECORD_BYTES = 256
/** How long why records failed may be behind how many did, in milliseconds: a thread that died between tells nobody. */
const MESSAGE_MILLIS = 50

/**
 * A queue in memory that this thread shares with the export thread, which drains it. A record is encoded straight into
 * that memory when it is emitted; nothing of it is kept on this thread.
 */
export class ThreadQueue implements Channel {
  readonly #ledger: Ledger
  readonly #loss: LossReporter
  readonly #clock: Clock
  readonly #contexts: RecordContexts
  readonly #id: number
  readonly #thread: ExportThread
  /** Whether a record has to have arrived before its call ends. */
  readonly #isSync: boolean
  /** Whether it is drained by code of the application's, which may keep records back. */
  readonly #isModule: boolean
  readonly #ring: RingProducer
  readonly #accounts: SharedAccounts
  readonly #slots: InFlightSlots
  readonly #writer: ProtobufWriter
  readonly #encoder: LogRecordEncoder
  readonly #maxRecordBytes: number
  readonly #recordRoom: RoomBySeverity
  readonly #byteRoom: RoomBySeverity
  readonly #wait: ExportThreadWait
  readonly #whenFull: OverflowPolicy
  readonly #marker: RingLossMarker | undefined
  /** Who waits for records to leave; each is called whenever some have. */
  readonly #watchers = new Set<() => void>()
  readonly #wake: BatchWake
  /** About how many bytes a record takes: the queue is full when it has no room for that. */
  #usualBytes = 0
  /** True while a record is read: a getter of it may log, and that record would be written into this one. */
  #isReading = false
  #isClosed = false
  #exitDeadline: number | undefined
  #restarts = 0
  readonly #failures: ExportFailures
  readonly exporterMetrics: ExporterMetricSource
  /** The final counts, once what was left is given up. */
  #final: ChannelCounts | undefined

  constructor(
    destination: ExporterDescription,
    settings: QueueSettings,
    ledger: Ledger,
    loss: LossReporter,
    clock: Clock,
    contexts: RecordContexts = recordContexts,
  ) {
    this.#isSync = settings.mode === 'sync'
    this.#ledger = ledger
    this.#loss = loss
    this.#clock = clock
    this.#contexts = contexts
    this.#id = contexts.threads.nextRingId()
    const { mode, maxQueueSize, maxQueueBytes, maxExportBatchSize, concurrency, reserve } = settings
    const slotBytes = Math.min(MAX_BATCH_BYTES, maxQueueBytes)
    this.#maxRecordBytes = Math.min(MAX_RECORD_BYTES, slotBytes)
    const batchRecords = Math.min(maxExportBatchSize, Math.floor(slotBytes / MIN_RECORD_BYTES))
    const { memory } = contexts.threads
    const allocate = (bytes: number) => memory.take(bytes)
    const bounds = {
      records: Math.min(maxQueueSize, maxQueueBytes / MIN_RECORD_BYTES),
      bytes: maxQueueBytes,
      recordBytes: this.#maxRecordBytes,
      slackRecords: batchRecords + Math.ceil(slotBytes / USUAL_RECORD_BYTES),
      slackBytes: slotBytes,
    }
    const ring = createRing(bounds, allocate)
    const slots = createSlots({ slots: concurrency, records: batchRecords, bytes: slotBytes }, allocate)
    const accounts = createAccounts()
    const durations = createDurations()
    this.#failures = new ExportFailures(loss, settings.onFailed)
    this.exporterMetrics = {
      ...exporterIdentity(destination),
      failures: this.#failures.byReason,
      operationsReader: () => {
        const reader = new SharedDurations(durations)
        return () => reader.take()
      },
    }
    this.#ring = new RingProducer(ring)
    this.#slots = new InFlightSlots(slots)
    this.#accounts = new SharedAccounts(accounts)
    const batchBytes = Math.min(slotBytes, maxQueueBytes / 2)
    this.#wake = new BatchWake(this.#accounts, maxExportBatchSize, batchBytes)
    this.#writer = new ProtobufWriter(ring.data)
    this.#encoder = new LogRecordEncoder(this.#writer)
    this.#recordRoom = new RoomBySeverity(maxQueueSize, reserve)
    this.#byteRoom = new RoomBySeverity(maxQueueBytes, reserve)
    this.#marker = settings.reportLoss
      ? new RingLossMarker(
          this.#ring,
          this.#accounts,
          ledger,
          this.#recordRoom.for(undefined),
          this.#byteRoom.for(undefined),
        )
      : undefined
    this.#wait = new ExportThreadWait(
      this.#accounts,
      ledger,
      settings.blockTimeoutMillis,
      clock,
      contexts,
      () => this.#thread.supervise(),
    )
    const waiting = blocking((hasRoom) => this.#wait.for(hasRoom, this.mark))
    const policies = { dropping, sliding, blocking: waiting, sync: waiting }
    this.#whenFull = policies[mode]
    this.#isModule = destination.kind === 'module'
    this.#thread = contexts.threads.attach(
      {
        id: this.#id,
        ring,
        slots,
        accounts,
        durations,
        scheduledDelayMillis: settings.scheduledDelayMillis,
        exportTimeoutMillis: settings.exportTimeoutMillis,
        destination,
      },
      {
        moved: () => this.#tellWatchers(),
        failed: (records, reason) => this.#failures.tell(records, reason),
        restarted: () => {
          this.#restarts++
        },
      },
    )
  }

  get mark(): number {
    return this.#ring.nextSequence
  }

  offer(record: ReadableLogRecord): void {
    if (this.#isReading || isInExportScope()) {
      this.#ledger.suppressed++
      return
    }
    const refusal = this.#take(record)
    if (refusal === undefined) return
    this.#ledger.emitted++
    this.#ledger.dropped[refusal]++
    this.#marker?.noteRefused()
    this.#loss.noticed(refusal, 1)
  }

  close(): void {
    this.#isClosed = true
  }

  async drained(mark: number, isOver: AbortSignal): Promise<void> {
    this.#accounts.watch()
    try {
      await new Promise<void>((resolve) => {
        const look = () => {
          if (this.#final === undefined && !isOver.aborted && this.pendingBefore(mark) > 0) return
          this.#watchers.delete(look)
          resolve()
        }
        this.#watchers.add(look)
        isOver.addEventListener('abort', look)
        this.#accounts.urge(mark)
        look()
      })
    } finally {
      this.#accounts.unwatch()
    }
    await this.#messagesOfFailures()
  }

  /** Why records failed comes in messages, a little behind the counts; by real time, which is what a thread takes. */
  async #messagesOfFailures(): Promise<void> {
    for (let waited = 0; waited < MESSAGE_MILLIS; waited++) {
      if (this.#failures.told >= this.counts().failed) return
      await setTimeout(1)
    }
  }

  pendingBefore(mark: number): number {
    if (this.#final !== undefined) return 0
    return this.#accounts.consistently(() => {
      const queued = Math.max(0, (mark - this.#ring.firstSequence) | 0)
      return queued + this.#slots.pendingBefore(mark)
    })
  }

  async flushExporter(): Promise<void> {
    // Of the library's own destinations, none keeps anything back.
    if (this.#isModule) await this.#thread.finish(this.#id, 'forceFlush')
  }

  async shutdownExporter(timeoutMillis: number): Promise<void> {
    const late = () => `the exporter was not shut down within ${timeoutMillis} ms`
    const finish = () => this.#thread.finish(this.#id, 'shutdown')
    try {
      if (this.#isModule) await withinDeadline(this.#clock, timeoutMillis, finish, late)
    } finally {
      this.#contexts.threads.detach(this.#thread, this.#id)
    }
  }

  abandon(): void {
    this.#failures.tellOthers(this.counts().failed)
    const counts = this.counts()
    const { queueSize, inFlight, failed } = counts
    this.#final = {
      ...counts,
      queueSize: 0,
      queueBytes: 0,
      inFlight: 0,
      failed: failed + queueSize + inFlight,
      abandoned: queueSize,
    }
    this.#failures.giveUp(queueSize, inFlight)
    this.#tellWatchers()
  }

  urge(): void {
    this.#wait.urge(this.mark)
  }

  drainAtExit(timeoutMillis: number): void {
    this.#exitDeadline = this.#clock.now() + timeoutMillis
    this.#drainBefore(this.#exitDeadline)
    this.#failures.tellOthers(this.counts().failed)
  }

  counts(): ChannelCounts {
    return this.#final ?? this.#accounts.consistently(() => this.#countsNow())
  }

  #countsNow(): ChannelCounts {
    // Spread into the literal, with others behind, they would make it an object of the slowest kind.
    const { inFlight, exported, failed } = this.#slots.counts
    return {
      queueSize: this.#ring.records,
      queueBytes: this.#ring.bytes,
      inFlight,
      exported,
      failed,
      markers: this.#accounts.told.markers >>> 0,
      abandoned: 0,
      workerRestarts: this.#restarts,
    }
  }

  /** Encodes the record into the ring, if it may be there; else says why not. */
  #take(record: ReadableLogRecord): DropReason | undefined {
    if (this.#isClosed) return 'already_shutdown'
    this.#isReading = true
    try {
      const { severityNumber } = record
      const maxRecords = this.#recordRoom.for(severityNumber)
      const maxBytes = this.#byteRoom.for(severityNumber)
      // Never more than there is for this severity, or its records would be refused by an empty queue.
      const usual = Math.min(this.#usualBytes, maxBytes)
      const isFull = !this.#ring.isWithin(maxRecords, maxBytes - usual)
      if (isFull) {
        this.#wake.isFull(this.mark)
        const refusal = this.#refusal(maxRecords, maxBytes - usual)
        if (refusal !== undefined) return refusal
      } else {
        this.#wake.hasRoom()
      }
      const context = this.#contexts.idOf(record.resource, record.instrumentationScope, this.#clock)
      const start = this.#ring.recordStart
      const room = this.#ring.room
      this.#writer.begin(start, start + room)
      try {
        this.#encoder.encode(record)
      } catch (error) {
        if (error !== NO_ROOM) throw error
        return room === this.#maxRecordBytes ? 'record_too_large' : 'queue_full'
      }
      const length = this.#writer.position - start
      if (length > maxBytes) return 'record_too_large'
      // What was free before it was encoded is free still.
      const fits = !isFull && length <= usual
      if (!fits && !this.#ring.isWithin(maxRecords, maxBytes - length)) {
        const refusal = this.#refusal(maxRecords, maxBytes - length)
        if (refusal !== undefined) return refusal
        this.#evictUntilWithin(maxRecords, maxBytes - length)
      }
      if (this.#marker !== undefined) this.#markBefore(this.#marker, length, record.resource)
      this.#ring.add(length, context)
      this.#ledger.emitted++
      this.#usualBytes = (7 * this.#usualBytes + length + 7) >> 3
      this.#wake.added(length, this.mark)
      if (!this.#ring.isWithin(maxRecords, maxBytes - usual)) this.#wake.isFull(this.mark)
      if (this.#isSync) this.#deliverNow()
      if (this.#exitDeadline !== undefined) this.#drainBefore(this.#exitDeadline)
      return undefined
    } catch (error) {
      return error instanceof TooManyValuesError ? 'record_too_large' : 'invalid'
    } finally {
      this.#isReading = false
    }
  }

  /** What the mode says to a queue that is not within these bounds: why the record cannot be taken, if it cannot. */
  #refusal(maxRecords: number, maxBytes: number): DropReason | undefined {
    return this.#whenFull(() => this.#ring.isWithin(maxRecords, maxBytes))
  }

  /** The oldest records go, unless the export thread is about to take them. */
  #evictUntilWithin(maxRecords: number, maxBytes: number): void {
    while (!this.#ring.isWithin(maxRecords, maxBytes)) {
      const sequence = this.#ring.evict()
      if (sequence === undefined) return
      this.#marker?.noteEvicted(sequence)
      this.#ledger.dropped.evicted++
      this.#loss.noticed('evicted', 1)
      this.#tellWatchers()
    }
  }

  #markBefore(marker: RingLossMarker, length: number, resource: ReadableLogRecord['resource']): void {
    marker.beforeAdd(length, (scope) => this.#contexts.idOf(resource, scope, this.#clock))
  }

  /** Sleeps until the record that was just added has arrived, or failed, or that took too long. */
  #deliverNow(): void {
    const { mark } = this
    this.#accounts.urge(mark)
    this.#wait.for(() => this.pendingBefore(mark) === 0, mark)
  }

  /** Sleeps until all records have left, or the time is over. */
  #drainBefore(deadline: number): void {
    const { mark } = this
    this.#wait.until(deadline, () => this.pendingBefore(mark) === 0, mark)
  }

  #tellWatchers(): void {
    for (const look of [...this.#watchers]) look()
  }
}
