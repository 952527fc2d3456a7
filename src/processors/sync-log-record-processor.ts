import type { MeterProvider } from '@opentelemetry/api'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import { type Clock, systemClock } from '../common/clock.js'
import { type ExporterDescription, isDescription } from '../exporters/exporter-description.js'
import { AccountedLogRecordProcessor } from './accounted-log-record-processor.js'
import { nextComponentName } from './component-name.js'
import { type FailureListener, type QueueSettings, queueSettings } from './queue-options.js'

/** How many records may be with an exporter that answers later, for want of a queue to keep them in. */
const MAX_UNSETTLED = 1024

/** What a `SyncLogRecordProcessor` can be told. Only the exporter has no default. */
export interface SyncLogRecordProcessorOptions {
  /**
   * Where the records go. One with `exportSync`, or one that is described and runs on the export thread, has exported a
   * record when the call that emitted it returns.
   */
  exporter: LogRecordExporter | ExporterDescription
  /** How long a caller may wait for the exporter, in milliseconds. Default: 5000. */
  blockTimeoutMillis?: number
  /** How long an exporter without `exportSync` may take for a record, in milliseconds. Default: 30000. */
  exportTimeoutMillis?: number
  /** The name in metrics and diagnostics (`otel.component.name`). Default: `SyncLogRecordProcessor/<n>`. */
  name?: string
  /** Where the metrics go. Default: the global meter provider, also when it is set later. */
  meterProvider?: MeterProvider
  /** Whether there are metrics. Default: true. */
  metrics?: boolean
}

/**
 * A log record processor that hands each record to its exporter before the call that emitted it returns.
 *
 * An exporter with `exportSync`, or on the export thread, is waited for, `blockTimeoutMillis` at the most; after a wait in
 * vain records are dropped (`block_timeout`) until it moves again; on the export thread, one more waits behind. Any other is
 * called and answers when it will; while 1024 answers are outstanding, records are dropped (`queue_full`).
 */
export class SyncLogRecordProcessor extends AccountedLogRecordProcessor {
  /**
   * @param options only `exporter` is required.
   * @param clock for tests; the system's by default.
   * @param onFailed for handlers.
   * @throws TypeError or RangeError that names a wrong option, its value and what is allowed.
   */
  constructor(
    options: SyncLogRecordProcessorOptions,
    clock: Clock = systemClock,
    onFailed?: FailureListener,
  ) {
    super('SyncLogRecordProcessor', { ...syncSettings(options), onFailed }, clock)
  }
}

/** A queue with room for the one record that is being handed over. */
function syncSettings(options: SyncLogRecordProcessorOptions): QueueSettings {
  const settings = queueSettings({
    ...options,
    // A wrong name is refused like any other wrong option.
    name: options?.name === undefined ? nextComponentName('SyncLogRecordProcessor') : options.name,
    mode: 'dropping',
    maxQueueSize: 1,
    maxExportBatchSize: 1,
    // Nothing is with the export thread but the record that is waited for, or was in vain.
    concurrency: isDescription(options?.exporter) ? 1 : MAX_UNSETTLED,
  })
  return { ...settings, mode: 'sync' }
}
