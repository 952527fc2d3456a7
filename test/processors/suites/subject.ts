import type { LogRecordExporter, LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { Loss, QueueStats } from 'otel-sluice'
import type { Clock } from '#src/common/clock.js'

/** The options the suites need of a processor, with the names they have in ours and in the SDK's. */
export interface SubjectOptions {
  exporter: LogRecordExporter
  maxQueueSize?: number
  maxExportBatchSize?: number
  scheduledDelayMillis?: number
  exportTimeoutMillis?: number
  concurrency?: number
  shutdownTimeoutMillis?: number
  onDrop?: (loss: Loss) => void
}

/** A processor of ours, whichever way it exports. */
export interface Subject extends LogRecordProcessor {
  stats(): QueueStats
}

/** Makes the processor that a suite is about; on a clock the test turns, if it gives one. */
export type CreateSubject = (options: SubjectOptions, clock?: Clock) => Subject

/** Makes any processor: ours, or the SDK's to compare with. */
export type CreateProcessor = (options: SubjectOptions) => LogRecordProcessor
