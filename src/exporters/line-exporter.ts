import { type ExportResult, ExportResultCode, globalErrorHandler } from '@opentelemetry/core'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { withinDeadline } from '../common/deadline.js'
import { DescriptorWriter } from './descriptor-writer.js'
import { LINE_WRITERS, type LineStyle } from './line-format.js'
import { PartialExportError } from './partial-export-error.js'
import type { Platform } from './platform.js'
import type { SynchronousLogRecordExporter } from './synchronous-exporter.js'
import type { Target } from './target.js'

/** How long `forceFlush` and `shutdown` wait for a destination that takes nothing, in milliseconds. */
const FLUSH_TIMEOUT_MILLIS = 30_000
const SHUTDOWN_TIMEOUT_MILLIS = 5_000

/** What becomes of a batch of `exportSync`. */
interface SynchronousExport {
  answer?: { readonly error: Error | undefined }
}

/**
 * What the file and the stream exporter have in common: records become lines, one each, and the lines go to a target.
 * A record that cannot be read fails alone; the others of its batch are exported.
 */
export class LineExporter implements SynchronousLogRecordExporter {
  readonly #target: Target
  readonly #writeLine: (record: ReadableLogRecord) => string
  readonly #platform: Platform
  readonly #writer: DescriptorWriter
  /** The batches that callers will come back with. Several callers may have one each: two queues with one exporter. */
  readonly #synchronous = new WeakMap<ReadableLogRecord[], SynchronousExport>()
  #shutdown: Promise<void> | undefined

  constructor(target: Target, format: LineStyle, platform: Platform) {
    this.#target = target
    this.#writeLine = LINE_WRITERS[format]
    this.#platform = platform
    this.#writer = new DescriptorWriter(target, platform)
  }

  /**
   * Exports a batch, behind those handed over before. The callback is called exactly once: with a `PartialExportError`
   * when some or all of the records failed.
   */
  export(logs: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void {
    this.#handOver(logs, (error) => {
      try {
        resultCallback(
          error === undefined ? { code: ExportResultCode.SUCCESS } : { code: ExportResultCode.FAILED, error },
        )
      } catch (thrown) {
        globalErrorHandler(thrown instanceof Error ? thrown : String(thrown))
      }
    })
    this.#writer.start()
  }

  /**
   * Exports a batch before it returns, and what was handed over before it: an empty batch waits for all that is under way.
   *
   * @param options `timeoutMillis`: how long it may wait for a destination that takes nothing (0: not at all).
   * @returns `false` when the time was over first: call again with the same array.
   * @throws PartialExportError when some or all of the records failed.
   */
  exportSync(logs: ReadableLogRecord[], options: { readonly timeoutMillis: number }): boolean {
    const current = this.#synchronous.get(logs) ?? this.#begin(logs)
    this.#writer.finish(() => current.answer !== undefined, options.timeoutMillis)
    if (current.answer === undefined) return false
    this.#synchronous.delete(logs)
    if (current.answer.error !== undefined) throw current.answer.error
    return true
  }

  /** Resolves when all that was handed over is written, or has failed; rejects if that takes more than 30 s. */
  forceFlush(): Promise<void> {
    return this.#shutdown ?? this.#written(FLUSH_TIMEOUT_MILLIS)
  }

  /**
   * Waits up to 5 s for what was handed over, fails what is left then, and lets go of the destination. What is exported
   * afterwards fails.
   */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#written(SHUTDOWN_TIMEOUT_MILLIS)
      .catch(() => {
        // Each export that was not written hears of it itself.
      })
      .then(() => this.#writer.close(new Error(`shut down before ${this.#target.name} took it`)))
    return this.#shutdown
  }

  #begin(logs: ReadableLogRecord[]): SynchronousExport {
    const begun: SynchronousExport = {}
    this.#synchronous.set(logs, begun)
    this.#handOver(logs, (error) => {
      begun.answer = { error }
    })
    return begun
  }

  /** Never throws; `done` is called once, at once or later. */
  #handOver(logs: ReadableLogRecord[], done: (error: Error | undefined) => void): void {
    if (this.#shutdown !== undefined) {
      done(new Error(`the exporter to ${this.#target.name} was shut down`))
      return
    }
    const lines = this.#linesOf(logs)
    this.#writer.add(lines, (wholeLines, error) => {
      const failed = logs.length - wholeLines
      done(failed === 0 ? undefined : this.#errorFor(failed, error))
    })
  }

  /** A line for every record that can be read. */
  #linesOf(logs: readonly ReadableLogRecord[]): string {
    let lines = ''
    for (const record of logs) {
      try {
        lines += this.#writeLine(record)
      } catch {
        // A record without a line is missing from what gets written, and counted there.
      }
    }
    return lines
  }

  #errorFor(failed: number, cause: Error | undefined): Error {
    const message =
      cause === undefined
        ? `${failed} records were not written: a value in them cannot be read, or they hold too many`
        : `${failed} records were not written to ${this.#target.name}: ${cause.message}`
    return new PartialExportError(message, failed, { cause })
  }

  #written(timeoutMillis: number): Promise<void> {
    return withinDeadline(
      this.#platform.clock,
      timeoutMillis,
      () =>
        new Promise<void>((resolve) => {
          this.#writer.add('', () => resolve())
          this.#writer.start()
        }),
      () => `${this.#target.name} did not take what was exported within ${timeoutMillis} ms`,
    )
  }
}
