import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { failureReason } from '../failure-reason.js'
import { LINE_WRITERS, type LineStyle } from '../line-format.js'
import type { EncodedBatch } from '../otlp/encoded-batch.js'
import { decodable } from '../otlp/log-record-decoder.js'
import type { Delivered, Destination } from './destination.js'
import type { LineWriter } from './line-writers.js'

/**
 * Brings records to a file or a stream, one line each. A destination that takes nothing keeps its batch for as long as
 * it does so: what becomes of the records behind is for their queue to decide, and no line is counted before it is out.
 */
export class LineDestination implements Destination {
  readonly #writer: LineWriter
  readonly #writeLine: (record: ReadableLogRecord) => string

  constructor(writer: LineWriter, format: LineStyle) {
    this.#writer = writer
    this.#writeLine = LINE_WRITERS[format]
  }

  async deliver(
    batch: EncodedBatch,
    settle: (delivered: Delivered) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const lines = this.#linesOf(batch)
    const { writer } = this.#writer
    await new Promise<void>((resolve) => {
      // The lines stay with the writer, which others may share; the batch is not read any more.
      const end = () => {
        signal.removeEventListener('abort', end)
        resolve()
      }
      signal.addEventListener('abort', end)
      writer.add(lines, (wholeLines, error) => {
        const failed = batch.length - wholeLines
        const reason = error === undefined ? 'invalid' : failureReason(error)
        settle({ exported: wholeLines, failed, ...(failed > 0 ? { reason } : {}) })
        end()
      })
      writer.start()
    })
  }

  close(): void {
    this.#writer.close()
  }

  /** A line for every record that can be read. */
  #linesOf(batch: EncodedBatch): string {
    let lines = ''
    for (const record of decodable(batch)) {
      try {
        lines += this.#writeLine(record)
      } catch {
        // A record without a line is missing from what gets written, and counted there.
      }
    }
    return lines
  }
}
