import { FileTarget, filePathOption } from './file-target.js'
import { LineExporter } from './line-exporter.js'
import { type LineFormat, lineFormatOption } from './line-format.js'
import { systemPlatform } from './platform.js'
import { type RotateOptions, rotateOption } from './rotate-options.js'

/** Options of a `FileLogRecordExporter`. */
export interface FileLogRecordExporterOptions {
  /** The file to append to. A missing one is made, readable by its owner alone, and so are missing directories. */
  readonly path: string
  /** `otlp-json` (default): one OTLP `LogsData` a line. `readable`: one line for people. */
  readonly format?: LineFormat
  /** When the file is rotated, and what becomes of its parts. Default: it never is. */
  readonly rotate?: RotateOptions
}

/**
 * Appends log records to a file, one line each (OTLP file exporter specification). Writing does not hold the event
 * loop, but in `exportSync`.
 *
 * A file that cannot be written to does not throw: exports fail, are counted as failed, and every one tries again;
 * diagnostics hear of it once when that begins, once when it is over. FIFOs, sockets and directories are refused.
 */
export class FileLogRecordExporter extends LineExporter {
  /** @throws TypeError or RangeError for a wrong option. */
  constructor(options: FileLogRecordExporterOptions) {
    const path = filePathOption(options?.path)
    const format = lineFormatOption(options.format ?? 'otlp-json')
    const rotate = options.rotate === undefined ? undefined : rotateOption(options.rotate)
    super(new FileTarget(path, systemPlatform.fileSystem, rotate), format, systemPlatform)
  }
}
