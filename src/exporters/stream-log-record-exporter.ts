import { choiceOption } from '../common/settings.js'
import { LineExporter } from './line-exporter.js'
import { type LineFormat, lineFormatOption } from './line-format.js'
import { systemPlatform } from './platform.js'
import { makeNonBlocking, StreamTarget } from './stream-target.js'
import { styleOn } from './terminal-colors.js'

/** Options of a `StreamLogRecordExporter`. */
export interface StreamLogRecordExporterOptions {
  /** Which of the process's streams. */
  readonly stream: 'stdout' | 'stderr'
  /** `readable` (default): one line for people. `otlp-json`: one OTLP `LogsData` a line. */
  readonly format?: LineFormat
}

/**
 * Writes log records to stdout or stderr, one line each, past Node's own stream. A reader that stalls holds exports
 * back, not the event loop (but a terminal, and a pipe that another process has made blocking, do hold it).
 *
 * A stream that cannot be written to does not throw: exports fail, are counted as failed, and every one tries again.
 */
export class StreamLogRecordExporter extends LineExporter {
  /** @throws TypeError for a wrong option. */
  constructor(options: StreamLogRecordExporterOptions) {
    const stream = choiceOption(options?.stream, 'stream', ['stdout', 'stderr'])
    const format = lineFormatOption(options.format ?? 'readable')
    makeNonBlocking(stream)
    super(new StreamTarget(stream), styleOn(process[stream], format, process.env), systemPlatform)
  }
}
