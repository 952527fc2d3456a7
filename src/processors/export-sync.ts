import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { isThenable } from '../common/thenable.js'
import type { ExportOutcome } from '../exporters/export-call.js'
import { runInExportScope } from '../exporters/export-scope.js'
import type { SynchronousLogRecordExporter } from '../exporters/synchronous-exporter.js'

/** `unfinished`: the time was over first, and the same batch has to be handed over again. */
export type SynchronousAnswer = 'unfinished' | { readonly outcome: ExportOutcome }

/** Exports while the caller waits, at most about `timeoutMillis`. Never throws. */
export function exportSynchronously(
  exporter: SynchronousLogRecordExporter,
  records: ReadableLogRecord[],
  timeoutMillis: number,
): SynchronousAnswer {
  try {
    const done: unknown = runInExportScope(() => exporter.exportSync(records, { timeoutMillis }))
    if (isThenable(done)) {
      // Nobody here can wait for it, and its rejection would end the process.
      done.then(undefined, () => undefined)
      return { outcome: { error: new TypeError('exportSync returned a promise') } }
    }
    return done === false ? 'unfinished' : { outcome: undefined }
  } catch (error) {
    return { outcome: { error } }
  }
}
