import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import type { ExporterDescription } from '../exporters/exporter-description.js'
import { file, type LineOptions } from '../exporters/file.js'
import { FileLogRecordExporter } from '../exporters/file-log-record-exporter.js'
import type { RotateOptions } from '../exporters/rotate-options.js'
import { StreamLogRecordExporter } from '../exporters/stream-log-record-exporter.js'
import { stderr, stdout } from '../exporters/streams.js'

/** The two ways to the same lines: on the export thread, and on the one that logs. */
export interface LineExporters {
  onThread(options: LineOptions): ExporterDescription
  here(options: LineOptions): LogRecordExporter
}

/** Lines in a file. @throws TypeError from either way, for a path that is none. */
export function fileLines(path: string, rotate: RotateOptions | undefined): LineExporters {
  const rotateOption = rotate === undefined ? {} : { rotate }
  return {
    onThread: (options) => file(path, { ...options, ...rotateOption }),
    here: (options) => new FileLogRecordExporter({ path, ...options, ...rotateOption }),
  }
}

export const STDOUT_LINES: LineExporters = {
  onThread: stdout,
  here: (options) => new StreamLogRecordExporter({ stream: 'stdout', ...options }),
}

export const STDERR_LINES: LineExporters = {
  onThread: stderr,
  here: (options) => new StreamLogRecordExporter({ stream: 'stderr', ...options }),
}
