export {
  FileLogRecordExporter,
  type FileLogRecordExporterOptions,
} from './exporters/file-log-record-exporter.js'
export type { LineFormat } from './exporters/line-exporter.js'
export { PartialExportError } from './exporters/partial-export-error.js'
export {
  StreamLogRecordExporter,
  type StreamLogRecordExporterOptions,
} from './exporters/stream-log-record-exporter.js'
export type { SynchronousLogRecordExporter } from './exporters/synchronous-exporter.js'
export type { Loss } from './processors/loss-reporter.js'
export { QueueLogRecordProcessor } from './processors/queue-log-record-processor.js'
export type { QueueLogRecordProcessorOptions } from './processors/queue-options.js'
export type { DropReason, OverflowMode, QueueStats } from './processors/queue-stats.js'
export type { Reserve } from './processors/reserve.js'
