import type { ExportResult } from '@opentelemetry/core'
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { isSynchronous, type SynchronousLogRecordExporter } from '../exporters/synchronous-exporter.js'
import type { HandlingTimes } from './handling-times.js'
import type { TargetLease } from './target-leases.js'

/** A handler's exporter as its processor sees it; it can export synchronously if the exporter can. */
export function handlerExporter(
  exporter: LogRecordExporter,
  lease: TargetLease,
  times: HandlingTimes,
): LogRecordExporter {
  return isSynchronous(exporter)
    ? new SynchronousHandlerExporter(exporter, lease, times)
    : new HandlerExporter(exporter, lease, times)
}

/** An exporter whose exports are timed, and which is shut down only when no other handler uses it. */
class HandlerExporter implements LogRecordExporter {
  readonly #exporter: LogRecordExporter
  readonly #lease: TargetLease
  protected readonly times: HandlingTimes

  constructor(exporter: LogRecordExporter, lease: TargetLease, times: HandlingTimes) {
    this.times = times
    this.#exporter = exporter
    this.#lease = lease
  }

  export(logs: ReadableLogRecord[], resultCallback: (result: ExportResult) => void) {
    const start = this.times.start()
    // Returned, as it may be a promise all the same, whose rejection is for `callExporter` to count.
    return this.#exporter.export(logs, (result) => {
      this.times.end(start)
      resultCallback(result)
    })
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.()
  }

  async shutdown(): Promise<void> {
    await (this.#lease.end() ? this.#exporter.shutdown() : this.forceFlush())
  }
}

class SynchronousHandlerExporter extends HandlerExporter implements SynchronousLogRecordExporter {
  readonly #exporter: SynchronousLogRecordExporter
  #start: number | undefined

  constructor(exporter: SynchronousLogRecordExporter, lease: TargetLease, times: HandlingTimes) {
    super(exporter, lease, times)
    this.#exporter = exporter
  }

  exportSync(logs: ReadableLogRecord[], options: { readonly timeoutMillis: number }): boolean | undefined {
    // A batch that was not finished in time is handed over again, and timed from its beginning.
    this.#start ??= this.times.start()
    let isDone: boolean | undefined
    try {
      isDone = this.#exporter.exportSync(logs, options)
      return isDone
    } finally {
      if (isDone !== false) {
        this.times.end(this.#start)
        this.#start = undefined
      }
    }
  }
}
