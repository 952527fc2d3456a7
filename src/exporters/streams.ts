import { objectOption } from '../common/settings.js'
import type { StreamDescription } from './exporter-description.js'
import type { LineOptions } from './file.js'
import { lineFormatOption } from './line-format.js'
import { makeNonBlocking, type StreamName } from './stream-target.js'
import { styleOn } from './terminal-colors.js'

/**
 * Describes an exporter that writes log records to stdout, one line each, on the export thread and past Node's own
 * stream: a reader that stalls holds nobody up, unless a blocking queue is full. Otherwise as `StreamLogRecordExporter`.
 *
 * @throws TypeError that names an option that is wrong.
 */
export function stdout(options: LineOptions = {}): StreamDescription {
  return stream('stdout', options)
}

/** The same for stderr. @throws TypeError that names an option that is wrong. */
export function stderr(options: LineOptions = {}): StreamDescription {
  return stream('stderr', options)
}

function stream(name: StreamName, options: LineOptions): StreamDescription {
  const { format = 'readable' } = objectOption(options, 'options')
  const style = styleOn(process[name], lineFormatOption(format), process.env)
  makeNonBlocking(name)
  return { kind: 'stream', stream: name, format: style }
}
