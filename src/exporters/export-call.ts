import { ExportResultCode } from '@opentelemetry/core'
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import { isThenable } from '../common/thenable.js'
import { runInExportScope } from './export-scope.js'

/** What became of a batch: `undefined` if it arrived, else why it did not. */
export type ExportOutcome = { readonly error: unknown } | undefined

/** The two ends of one call, each reported exactly once, `settled` first. */
export interface ExportCallEnds {
  /** The outcome is known: the exporter has answered or thrown, or its time is over. */
  settled(outcome: ExportOutcome): void
  /**
   * The exporter may be called again. After a time-out that is not at once, since the call cannot be cancelled and
   * calls would pile up: it is when the late answer comes, or a further time-out later.
   */
  released(): void
}

/** The error of an export that did not answer in time. */
export class ExportTimeoutError extends Error {
  constructor(timeoutMillis: number) {
    super(`the exporter did not answer within ${timeoutMillis} ms`)
    this.name = 'ExportTimeoutError'
  }
}

/**
 * Calls an exporter that may answer late, twice, never, or throw (SDK specification, "Export"). Never throws itself.
 *
 * @returns what forgets the call: neither end is reported any more, and no timer is left.
 */
export function callExporter(
  exporter: LogRecordExporter,
  batch: ReadableLogRecord[],
  timeoutMillis: number,
  clock: Clock,
  ends: ExportCallEnds,
): () => void {
  let phase: 'waiting' | 'late' | 'over' = 'waiting'
  const finish = (outcome: ExportOutcome) => {
    if (phase === 'over') return
    const wasWaiting = phase === 'waiting'
    phase = 'over'
    cancelTimer()
    if (wasWaiting) ends.settled(outcome)
    ends.released()
  }
  let cancelTimer = clock.after(timeoutMillis, () => {
    phase = 'late'
    cancelTimer = clock.after(timeoutMillis, () => finish(undefined))
    ends.settled({ error: new ExportTimeoutError(timeoutMillis) })
  })
  try {
    // An async function has the type that is asked for too, and its rejection would end the process.
    const returned: unknown = runInExportScope(() =>
      exporter.export(batch, (result) => finish(outcomeOf(result))),
    )
    if (isThenable(returned)) returned.then(undefined, (error: unknown) => finish({ error }))
  } catch (error) {
    finish({ error })
  }
  return () => {
    phase = 'over'
    cancelTimer()
  }
}

/** By shape, and never throws: an exporter is foreign code, and answers outside any try of ours. */
function outcomeOf(result: unknown): ExportOutcome {
  try {
    if (typeof result !== 'object' || result === null) return { error: undefined }
    if ('code' in result && result.code === ExportResultCode.SUCCESS) return undefined
    return { error: 'error' in result ? result.error : undefined }
  } catch (error) {
    return { error }
  }
}
