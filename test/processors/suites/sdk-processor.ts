import {
  BatchLogRecordProcessor,
  type LogRecordExporter,
  type LogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import type { QueueLogRecordProcessorOptions } from 'otel-sluice'

/** Makes any processor: ours, or the SDK's to compare with, which has the options of the same names. */
export type CreateProcessor = (
  options: QueueLogRecordProcessorOptions & { exporter: LogRecordExporter },
) => LogRecordProcessor

/** The SDK's own. */
export const sdk: CreateProcessor = (options) => new BatchLogRecordProcessor(options)
