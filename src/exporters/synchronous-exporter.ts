import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'

/**
 * A log record exporter that can also export while its caller waits: what a blocking queue, a synchronous handler
 * and the end of a process need, since none of them can wait for a callback.
 */
export interface SynchronousLogRecordExporter extends LogRecordExporter {
  /**
   * Exports a batch before it returns.
   *
   * @param logs the records, oldest first; none of them when only what earlier exports began is to be finished.
   * @param options `timeoutMillis`: how long the call may wait for its destination (0: not at all).
   * @returns `false` when the time was over first. The batch is then half done: the caller keeps it and calls again
   *   with the same array, and with no other until this one is done. Anything else means that all of it is exported.
   * @throws whatever made the export fail; a `PartialExportError` when only some of the records failed.
   */
  exportSync(logs: ReadableLogRecord[], options: { readonly timeoutMillis: number }): boolean | undefined
}

/** Whether an exporter has `exportSync`; by its shape, since exporters come from packages of several versions. */
export function isSynchronous(exporter: LogRecordExporter): exporter is SynchronousLogRecordExporter {
  return 'exportSync' in exporter && typeof exporter.exportSync === 'function'
}
