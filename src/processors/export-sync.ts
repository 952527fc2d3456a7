import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { SynchronousLogRecordExporter } from '../exporters/synchronous-exporter.js'
import type { ExportOutcome } from './export-call.js'
import { runInExportScope } from './export-scope.js'
import { isThenable } from './thenable.js'

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
