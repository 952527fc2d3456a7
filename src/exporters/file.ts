import { resolve } from 'node:path'
import { objectOption } from '../common/settings.js'
import type { FileDescription } from './exporter-description.js'
import { filePathOption } from './file-target.js'
import { type LineFormat, lineFormatOption } from './line-format.js'
import { type RotateOptions, rotateOption } from './rotate-options.js'

/** How lines are written. */
export interface LineOptions {
  /**
   * `otlp-json`: one OTLP `LogsData` a line. `readable`: one line for people. Default: `otlp-json` for files,
   * `readable` for stdout and stderr.
   */
  readonly format?: LineFormat
}

/** How lines are written to a file. */
export interface FileOptions extends LineOptions {
  /** When the file is rotated, and what becomes of its parts. Default: it never is. */
  readonly rotate?: RotateOptions
}

/**
 * Describes an exporter that appends log records to a file, one line each, on the export thread: a slow disk holds
 * nobody up, unless a blocking queue is full. Otherwise as `FileLogRecordExporter`; a relative path is taken from the
 * working directory of this moment.
 *
 * @throws TypeError that names an option that is wrong. A file that cannot be written to does not throw: its records
 *   fail, and every batch tries again. FIFOs, sockets and directories are refused so.
 */
export function file(path: string, options: FileOptions = {}): FileDescription {
  const { format = 'otlp-json', rotate } = objectOption(options, 'options')
  return {
    kind: 'file',
    path: resolve(filePathOption(path)),
    format: lineFormatOption(format),
    ...(rotate !== undefined && { rotate: rotateOption(rotate) }),
  }
}
