import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { choiceOption } from '../common/settings.js'
import { otlpJsonLine } from './otlp-json.js'
import { readableLine } from './readable-line.js'

/**
 * How a record becomes a line: `otlp-json` as the OTLP file exporter specification has it, `readable` for people.
 */
export type LineFormat = 'otlp-json' | 'readable'

/** What makes one line of one record, newline included; throws for a record that cannot be read. */
export const LINE_WRITERS: Readonly<Record<LineFormat, (record: ReadableLogRecord) => string>> = {
  'otlp-json': otlpJsonLine,
  readable: readableLine,
}

/** @throws TypeError */
export function lineFormatOption(value: unknown): LineFormat {
  return choiceOption(value, 'format', ['otlp-json', 'readable'])
}
