import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { choiceOption } from '../common/settings.js'
import { otlpJsonLine } from './otlp-json.js'
import { coloredLine, readableLine } from './readable-line.js'

/**
 * How a record becomes a line: `otlp-json` as the OTLP file exporter specification has it, `readable` for people.
 */
export type LineFormat = 'otlp-json' | 'readable'

/** The same, and `colored`: readable, on a terminal that shows colours. */
export type LineStyle = LineFormat | 'colored'

/** What makes one line of one record, newline included; throws for a record that cannot be read. */
export const LINE_WRITERS: Readonly<Record<LineStyle, (record: ReadableLogRecord) => string>> = {
  'otlp-json': otlpJsonLine,
  readable: readableLine,
  colored: coloredLine,
}

/** @throws TypeError */
export function lineFormatOption(value: unknown): LineFormat {
  return choiceOption(value, 'format', ['otlp-json', 'readable'])
}
