import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Operation } from '../exporters/thread/shared-durations.js'

/** What a channel knows of the exports on the export thread; an exporter object publishes metrics of its own. */
export interface ExporterMetricSource {
  /** Its component type. */
  readonly type: string
  /** Where it exports to, if that is a server: then the status of an operation is one of HTTP. */
  readonly server?: { readonly address: string; readonly port: number }
  /** Records that failed so far, by `error.type`. */
  readonly failures: ReadonlyMap<string, number>
  /** Makes a reader: each call of it returns the exports that came to an end since its last one, 512 at the most. */
  operationsReader(): () => Operation[]
}

/** The counts that a channel keeps, all of one moment. */
export interface ChannelCounts {
  readonly queueSize: number
  readonly queueBytes: number
  readonly inFlight: number
  readonly exported: number
  readonly failed: number
  /** The part of `failed` that was never handed to the exporter. */
  readonly abandoned: number
  /** Records that the channel itself put into the stream, and no ledger has counted: they count as emitted. */
  readonly markers: number
  readonly workerRestarts: number
}

/**
 * The way of the records from a processor to an exporter: a bounded queue, a policy for when it is full, and what
 * drains it. There is one on this thread, for an exporter object, and one to the export thread, for a description.
 */
export interface Channel {
  /** Where the stream stands: what was taken so far is before this mark. */
  readonly mark: number
  /** Takes a copy of the record, or drops it for a reason that the ledger counts. Never throws, whatever the record is. */
  offer(record: ReadableLogRecord): void
  /** Refuses records from now on. */
  close(): void
  /** Sends what is before `mark` as soon as it can go; resolves when all of it has left, or the signal says to wait no more. */
  drained(mark: number, isOver: AbortSignal): Promise<void>
  /** How many records before `mark` have not left yet. */
  pendingBefore(mark: number): number
  /** Has the exporter finish what it may keep back. */
  flushExporter(): Promise<void>
  /** Gives up on all that has not left yet: it is failed. */
  abandon(): void
  /** Shuts the exporter down, and lets go of it, whatever it does, within the time. */
  shutdownExporter(timeoutMillis: number): Promise<void>
  /** Has what is queued go as soon as it can, as it is; returns at once. */
  urge(): void
  /**
   * Delivers what it can while the process waits for it, and then what is emitted later at once, as long as there is
   * time.
   */
  drainAtExit(timeoutMillis: number): void
  counts(): ChannelCounts
  readonly exporterMetrics?: ExporterMetricSource
}
