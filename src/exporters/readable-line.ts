import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { escapeControlCharacters, quoted } from './control-characters.js'
import { type Notation, ValueWriter } from './value-writer.js'

/** Values as people read them: JSON, but for keys that need no quotes, and bytes. */
const READABLE: Notation = {
  separator: ', ',
  empty: 'null',
  text: quoted,
  bool: String,
  integer: (digits) => digits,
  double: (value) => (Object.is(value, -0) ? '-0' : String(value)),
  bytes: (value) => `base64"${value.toString('base64')}"`,
  array: (items) => `[${items}]`,
  map: (entries) => `{${entries}}`,
  entry: (key, value) => `${/^[\w.-]+$/.test(key) ? key : quoted(key)}: ${value}`,
}

/** The names of the ranges of four that severity numbers come in, from 1 on. */
const SEVERITY_RANGES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']

/** What turns a style of a terminal on, and what turns it off (ECMA-48, "Select Graphic Rendition"). */
type Style = readonly [on: number, off: number]

const DIM: Style = [2, 22]
/** For each range: dim, dim, green, yellow, red, magenta. */
const COLORS: readonly Style[] = [DIM, DIM, [32, 39], [33, 39], [31, 39], [35, 39]]

/** What stands where a record says nothing, so that the parts of a line keep their places. */
const ABSENT = '-'

/**
 * One record as one line for people, and a newline: time, LEVEL, scope, [event name], message, data, exception. It
 * holds no control character but that newline, so no record can forge a second line or drive a terminal.
 *
 * @throws whatever reading the record throws, RangeError if it holds too many values.
 */
export function readableLine(record: ReadableLogRecord): string {
  return line(record, timeOf(record), levelOf(record))
}

/** The same with its time dim, and its level in the colour of its severity. @throws like `readableLine` */
export function coloredLine(record: ReadableLogRecord): string {
  const { severityNumber } = record
  const color = severityNumber === undefined ? undefined : COLORS[rangeOf(severityNumber)]
  const level = levelOf(record)
  return line(record, painted(timeOf(record), DIM), color === undefined ? level : painted(level, color))
}

function line(record: ReadableLogRecord, time: string, level: string): string {
  const values = new ValueWriter(READABLE)
  const { body, eventName } = record
  const {
    'exception.type': type,
    'exception.message': message,
    'exception.stacktrace': stack,
    ...data
  } = record.attributes
  const parts = [
    time,
    level,
    escapeControlCharacters(record.instrumentationScope.name) || ABSENT,
    eventName ? `[${escapeControlCharacters(eventName)}]` : '',
    body === undefined || body === null ? '' : plain(body, values),
    Object.keys(data).length > 0 ? values.write(data) : '',
    exceptionText([type, message], stack, values),
  ]
  return `${parts.filter((part) => part !== '').join(' ')}\n`
}

function timeOf({ hrTime, hrTimeObserved }: ReadableLogRecord): string {
  const [seconds, nanos] = hrTime[0] === 0 && hrTime[1] === 0 ? hrTimeObserved : hrTime
  const time = new Date(seconds * 1000 + nanos / 1e6)
  return time.getTime() > 0 ? time.toISOString() : ABSENT
}

function levelOf({ severityText, severityNumber = 0 }: ReadableLogRecord): string {
  if (severityText) return escapeControlCharacters(severityText.toUpperCase())
  return SEVERITY_RANGES[rangeOf(severityNumber)] ?? ABSENT
}

function rangeOf(severityNumber: number): number {
  return Math.floor((severityNumber - 1) / 4)
}

function painted(text: string, [on, off]: Style): string {
  return `\u001b[${on}m${text}\u001b[${off}m`
}

/** The stack, which names type and message itself as JavaScript writes it; whatever of them it does not name goes first. */
function exceptionText(names: readonly unknown[], stack: unknown, values: ValueWriter): string {
  const stackText = stack === undefined ? '' : plain(stack, values)
  const unnamed = names
    .filter((name) => name !== undefined)
    .map((name) => plain(name, values))
    .filter((name) => !stackText.includes(name))
  return [unnamed.join(': '), stackText].filter((part) => part !== '').join(' ')
}

/** A text without quotes, anything else as the data is written. */
function plain(value: unknown, values: ValueWriter): string {
  return typeof value === 'string' ? escapeControlCharacters(value) : values.write(value)
}
