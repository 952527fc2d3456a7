import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { failedRecords } from '../exporters/partial-export-error.js'
import { isSynchronous, type SynchronousLogRecordExporter } from '../exporters/synchronous-exporter.js'
import type { FailureReport } from './failure-report.js'
import type { TargetLease } from './target-leases.js'

/** A handler's exporter as its processor sees it; it can export synchronously if the exporter can. */
export function handlerExporter(
  exporter: LogRecordExporter,
  lease: TargetLease,
  failures: FailureReport,
): LogRecordExporter {
  return isSynchronous(exporter)
    ? new SynchronousHandlerExporter(exporter, lease, failures)
    : new HandlerExporter(exporter, lease, failures)
}

/** An exporter whose failures are told, and which is shut down only when no other handler uses it. */
class HandlerExporter implements LogRecordExporter {
  readonly #exporter: LogRecordExporter
  readonly #lease: TargetLease
  readonly #failures: FailureReport

  constructor(exporter: LogRecordExporter, lease: TargetLease, failures: FailureReport) {
    this.#exporter = exporter
    this.#lease = lease
    this.#failures = failures
  }

  export(logs: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void {
    try {
      this.#exporter.export(logs, (result) => {
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

  constructor(exporter: SynchronousLogRecordExporter, lease: TargetLease, failures: FailureReport) {
    super(exporter, lease, failures)
    this.#exporter = exporter
  }

  exportSync(logs: ReadableLogRecord[], options: { readonly timeoutMillis: number }): boolean | undefined {
    try {
      return this.#exporter.exportSync(logs, options)
    } catch (error) {
      this.failed(error, logs)
      throw error
    }
  }
}
