import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { failedRecords } from '../exporters/partial-export-error.js'
import { isSynchronous, type SynchronousLogRecordExporter } from '../exporters/synchronous-exporter.js'
import type { FailureReport } from './failure-report.js'
import type { HandlingTimes } from './handling-times.js'
import type { TargetLease } from './target-leases.js'

/** A handler's exporter as its processor sees it; it can export synchronously if the exporter can. */
export function handlerExporter(
  exporter: LogRecordExporter,
  lease: TargetLease,
  failures: FailureReport,
  times: HandlingTimes,
): LogRecordExporter {
  return isSynchronous(exporter)
    ? new SynchronousHandlerExporter(exporter, lease, failures, times)
    : new HandlerExporter(exporter, lease, failures, times)
}

/** An exporter whose failures are told, whose exports are timed, and which is shut down only when no other handler uses it. */
class HandlerExporter implements LogRecordExporter {
  readonly #exporter: LogRecordExporter
  readonly #lease: TargetLease
  readonly #failures: FailureReport
  protected readonly times: HandlingTimes

  constructor(
    exporter: LogRecordExporter,
    lease: TargetLease,
    failures: FailureReport,
    times: HandlingTimes,
  ) {
    this.times = times
    this.#exporter = exporter
    this.#lease = lease
    this.#failures = failures
  }

  export(logs: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void {
    const start = this.times.start()
    try {
      this.#exporter.export(logs, (result) => {
        this.times.end(start)
        if (result?.code !== ExportResultCode.SUCCESS) this.failed(result?.error, logs)
        resultCallback(result)
      })
    } catch (error) {
      this.failed(error, logs)
      throw error
    }
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.()
  }

  async shutdown(): Promise<void> {
    await (this.#lease.end() ? this.#exporter.shutdown() : this.forceFlush())
  }

  protected failed(error: unknown, logs: ReadableLogRecord[]): void {
    this.#failures.add(error, failedRecords(error, logs.length))
  }
}

class SynchronousHandlerExporter extends HandlerExporter implements SynchronousLogRecordExporter {
  readonly #exporter: SynchronousLogRecordExporter
  #start: number | undefined

  constructor(
    exporter: SynchronousLogRecordExporter,
    lease: TargetLease,
    failures: FailureReport,
    times: HandlingTimes,
  ) {
    super(exporter, lease, failures, times)
    this.#exporter = exporter
  }

  exportSync(logs: ReadableLogRecord[], options: { readonly timeoutMillis: number }): boolean | undefined {
    // A batch that was not finished in time is handed over again, and timed from its beginning.
    this.#start ??= this.times.start()
    let isDone: boolean | undefined
    try {
      isDone = this.#exporter.exportSync(logs, options)
      return isDone
    } catch (error) {
      this.failed(error, logs)
      throw error
    } finally {
      if (isDone !== false) {
        this.times.end(this.#start)
        this.#start = undefined
      }
    }
  }
}
