import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { SynchronousLogRecordExporter } from 'otel-sluice'

/** One call of `export`, and the way to answer it. */
export interface ExportCall {
  readonly records: readonly ReadableLogRecord[]
  answer(result: ExportResult): void
}

export const SUCCESS: ExportResult = { code: ExportResultCode.SUCCESS }

/** The answer of an export that failed. */
export function failure(error: Error = new Error('refused')): ExportResult {
  return { code: ExportResultCode.FAILED, error }
}

/** An exporter that writes down what it is asked to do, and answers only what a test tells it to. */
export class ControlledExporter implements LogRecordExporter {
  /** Every call of `export` so far, in order. */
  readonly calls: ExportCall[] = []
  flushes = 0
  shutdowns = 0
  /** What a call does before it returns; nothing by default: it is answered when the test does it. */
  onExport: (call: ExportCall) => void = () => undefined

  export(records: ReadableLogRecord[], answer: (result: ExportResult) => void): void {
    const call = { records: [...records], answer }
    this.calls.push(call)
    this.onExport(call)
  }

  async forceFlush(): Promise<void> {
    this.flushes++
  }

  async shutdown(): Promise<void> {
    this.shutdowns++
  }

  /** The bodies of all records it was handed, in order. */
  get bodies(): unknown[] {
    return this.calls.flatMap(({ records }) => records.map(({ body }) => body))
  }
}

/** An exporter that answers every call at once. */
export function obligingExporter(): ControlledExporter {
  const exporter = new ControlledExporter()
  exporter.onExport = ({ answer }) => answer(SUCCESS)
  return exporter
}

/** One call of `exportSync`. */
export interface SynchronousCall {
  readonly records: readonly ReadableLogRecord[]
  readonly timeoutMillis: number
}

/** A controlled exporter that can be waited for; it exports at once unless told otherwise. */
export class ControlledSynchronousExporter
  extends ControlledExporter
  implements SynchronousLogRecordExporter
{
  readonly synchronousCalls: SynchronousCall[] = []
  /** The bodies of all records whose export came to an end without an error, in order. */
  readonly arrived: unknown[] = []
  /** What a call does; what it returns is the answer. */
  onExportSync: (call: SynchronousCall) => boolean | undefined = () => true

  exportSync(
    records: ReadableLogRecord[],
    { timeoutMillis }: { timeoutMillis: number },
  ): boolean | undefined {
    const call = { records: [...records], timeoutMillis }
    this.synchronousCalls.push(call)
    const done = this.onExportSync(call)
    if (done !== false) for (const { body } of records) this.arrived.push(body)
    return done
  }
}
