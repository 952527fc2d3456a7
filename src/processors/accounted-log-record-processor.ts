import type { Context } from '@opentelemetry/api'
import type { LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import { withinDeadline } from '../common/deadline.js'
import { MAX_MILLIS, numberOption } from '../common/settings.js'
import type { Operation } from '../exporters/thread/shared-durations.js'
import type { Channel } from './channel.js'
import { type ExitParticipant, exitCoordinator } from './exit-coordinator.js'
import { ExitPart } from './exit-part.js'
import { Ledger } from './ledger.js'
import { LossReporter } from './loss-reporter.js'
import { type OpenChannel, openChannel } from './open-channel.js'
import { metricSource } from './processor-measurements.js'
import { type MetricSource, type ProcessorMetrics, publishMetrics } from './processor-metrics.js'
import type { QueueSettings } from './queue-options.js'
import type { QueueStats } from './queue-stats.js'
import type { RecentLoss } from './recent-loss.js'

/** How long a flush may take unless its caller says otherwise, in milliseconds (SDK specification, "ForceFlush"). */
const FLUSH_TIMEOUT_MILLIS = 30_000

/**
 * What all processors of the library have in common: an account of every record, flush and shutdown with deadlines, a
 * part in the end of the process, and metrics. After construction nothing it does throws into the application.
 */
export abstract class AccountedLogRecordProcessor implements LogRecordProcessor {
  readonly #settings: QueueSettings
  readonly #clock: Clock
  readonly #ledger = new Ledger()
  readonly #loss: LossReporter
  readonly #channel: Channel
  readonly #metrics: ProcessorMetrics | undefined
  readonly #exitParticipant: ExitParticipant
  readonly #takeOperations: () => Operation[]
  #shutdown: Promise<void> | undefined
  /** What ends the wait for a flush of the exporter's own that is under way. */
  readonly #flushes = new Set<() => void>()

  /**
   * @param type the component's type in metrics: the name of the class.
   * @param open what makes the way to the exporter.
   */
  protected constructor(
    type: string,
    settings: QueueSettings,
    clock: Clock,
    open: OpenChannel = openChannel,
  ) {
    this.#settings = settings
    this.#clock = clock
    const failed = () => this.#channel.counts().failed
    this.#loss = new LossReporter(settings.name, this.#ledger, failed, clock, settings.onDrop)
    this.#channel = open(settings, this.#ledger, this.#loss, clock)
    this.#takeOperations = this.#channel.exporterMetrics?.operationsReader() ?? (() => [])
    this.#metrics = settings.metrics
      ? publishMetrics(this.#metricSource(type), settings.meterProvider)
      : undefined
    this.#exitParticipant = this.#takePartInExit()
  }

  /** Takes a copy of the record, or drops it for a reason that `stats()` counts (SDK specification, "OnEmit"). */
  onEmit(record: ReadWriteLogRecord, _context?: Context): void {
    this.#channel.offer(record)
  }

  /**
   * Resolves when every record that was emitted before has left: exported, failed or dropped; other flushes may be
   * under way.
   *
   * @param options `timeoutMillis`: how long that may take, 30000 by default.
   * @returns rejects with a `DeadlineError` that says how many records are pending when the time is over, none of
   *   which is dropped; rejects with the exporter's error when its own flush fails.
   */
  async forceFlush(options?: { timeoutMillis?: number }): Promise<void> {
    const timeoutMillis = numberOption(options?.timeoutMillis ?? FLUSH_TIMEOUT_MILLIS, {
      option: 'timeoutMillis',
      min: 0,
      max: MAX_MILLIS,
    })
    const late = `forceFlush ran out of its ${timeoutMillis} ms`
    const shutdown = this.#shutdown
    if (shutdown !== undefined) {
      // Shutdown includes a flush, but takes its own time: the caller's goes first.
      return withinDeadline(
        this.#clock,
        timeoutMillis,
        () => shutdown,
        () => `${late} during shutdown`,
      )
    }
    this.#metrics?.lookAgain()
    await this.#flush(this.#clock.now() + timeoutMillis, late)
  }

  /**
   * Delivers what is queued, shuts the exporter down and lets go of everything, within `shutdownTimeoutMillis`. Records
   * that come later are dropped (`already_shutdown`). Calling it again gives the same promise.
   *
   * @returns rejects when records could not be delivered, with their number, after everything is let go all the same.
   */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#shutDown()
    return this.#shutdown
  }

  /** The accounts of this processor now. */
  stats(): QueueStats {
    const { emitted, dropped, suppressed, blockedMillis } = this.#ledger
    const { queueSize, queueBytes, inFlight, exported, failed, markers, workerRestarts } =
      this.#channel.counts()
    return {
      mode: this.#settings.mode,
      emitted: emitted + markers,
      queueSize,
      queueBytes,
      capacity: this.#settings.maxQueueSize,
      inFlight,
      exported,
      failed,
      dropped: { ...dropped },
      suppressed,
      blockedMillis,
      workerRestarts,
    }
  }

  /** What this processor lost in the last 60 seconds. */
  recentLoss(): RecentLoss {
    return this.#loss.recent()
  }

  /**
   * How long the exports on the export thread took, in milliseconds, that ended since the last call: the last 512 of
   * them at the most, retries included. None for an exporter object.
   */
  takeExportMillis(): number[] {
    return this.#takeOperations().map(({ seconds }) => seconds * 1_000)
  }

  async #flush(deadline: number, late: string): Promise<void> {
    const mark = this.#channel.mark
    const timeLeft = () => Math.max(0, deadline - this.#clock.now())
    await withinDeadline(
      this.#clock,
      timeLeft(),
      (isOver) => this.#channel.drained(mark, isOver),
      () => `${late} with ${this.#channel.pendingBefore(mark)} log records pending`,
    )
    await withinDeadline(
      this.#clock,
      timeLeft(),
      () => this.#unlessLetGo(this.#channel.flushExporter()),
      () => `${late} in the exporter's own forceFlush`,
    )
  }

  /** What `work` comes to; nothing, if a shutdown lets go of the exporter first: it may never answer then. */
  #unlessLetGo(work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#flushes.add(resolve)
      work.finally(() => this.#flushes.delete(resolve)).then(resolve, reject)
    })
  }

  async #shutDown(): Promise<void> {
    const { shutdownTimeoutMillis } = this.#settings
    const deadline = this.#clock.now() + shutdownTimeoutMillis
    const failedBefore = this.#channel.counts().failed
    const errors: unknown[] = []
    this.#channel.close()
    await this.#flush(deadline, `shutdown ran out of its ${shutdownTimeoutMillis} ms`).catch(
      (error: unknown) => errors.push(error),
    )
    this.#channel.abandon()
    const timeLeft = Math.max(0, deadline - this.#clock.now())
    await withinDeadline(
      this.#clock,
      timeLeft,
      () => this.#channel.shutdownExporter(timeLeft),
      () => `shutdown ran out of its ${shutdownTimeoutMillis} ms in the exporter's own shutdown`,
    ).catch((error: unknown) => errors.push(error))
    this.#loss.stop()
    this.#metrics?.stop()
    exitCoordinator.remove(this.#exitParticipant)
    for (const end of [...this.#flushes]) end()
    const failed = this.#channel.counts().failed - failedBefore
    if (failed > 0) errors.unshift(new Error(`shutdown could not deliver ${failed} log records`))
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '))
  }

  #metricSource(type: string): MetricSource {
    const { name, mode, maxQueueSize } = this.#settings
    return metricSource({
      type,
      name,
      mode,
      capacity: maxQueueSize,
      ledger: this.#ledger,
      exporter: this.#channel.exporterMetrics,
      episodes: () => this.#loss.episodes,
      counts: () => this.#channel.counts(),
    })
  }

  #takePartInExit(): ExitParticipant {
    const { exitTimeoutMillis, exitHook, name } = this.#settings
    const settings = { name, exitTimeoutMillis, wantsSignals: exitHook !== false && exitHook.signals }
    const part = new ExitPart(settings, this.#channel, this.#loss, this.#clock, (timeoutMillis) =>
      this.#flush(this.#clock.now() + timeoutMillis, 'flush'),
    )
    if (exitHook !== false) exitCoordinator.add(part)
    return part
  }
}
