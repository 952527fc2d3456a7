import { isSpanContextValid } from '@opentelemetry/api'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { quoted } from './control-characters.js'
import { type Notation, ValueWriter } from './value-writer.js'

/** The OTLP/JSON mapping of AnyValue: 64-bit integers and what JSON has no number for are strings, bytes are base64. */
const ANY_VALUE: Notation = {
  separator: ',',
  empty: '{}',
  text: (value) => `{"stringValue":${quoted(value)}}`,
  bool: (value) => `{"boolValue":${value}}`,
  integer: (digits) => `{"intValue":"${digits}"}`,
  double: (value) => `{"doubleValue":${jsonNumber(value)}}`,
  bytes: (value) => `{"bytesValue":"${value.toString('base64')}"}`,
  array: (items) => `{"arrayValue":{"values":[${items}]}}`,
  map: (entries) => `{"kvlistValue":{"values":[${entries}]}}`,
  entry: (key, value) => `{"key":${quoted(key)},"value":${value}}`,
}

type Resource = ReadableLogRecord['resource']
type Scope = ReadableLogRecord['instrumentationScope']

/** Resources and scopes as text. The SDK keeps one object for each, so each is written once. */
const resourceTexts = new WeakMap<Resource, string>()
const scopeTexts = new WeakMap<Scope, string>()

/**
 * One record as one line of OTLP-JSON: a `LogsData` with one record, and a newline, as the OTLP file exporter
 * specification has it. It holds no control character but that newline.
 *
 * @throws whatever reading the record throws, RangeError if it holds too many values.
 */
export function otlpJsonLine(record: ReadableLogRecord): string {
  return `{"resourceLogs":[{${resourceText(record.resource)},"scopeLogs":[{${scopeText(
    record.instrumentationScope,
  )},"logRecords":[{${recordFields(record)}}]}]}]}\n`
}

function recordFields(record: ReadableLogRecord): string {
  const values = new ValueWriter(ANY_VALUE)
  const { severityNumber, severityText, body, eventName, droppedAttributesCount, spanContext } = record
  let fields = `${timeField('timeUnixNano', record.hrTime)}${timeField('observedTimeUnixNano', record.hrTimeObserved)}`
  // Unspecified, as OTLP has it, is 0, and not written.
  if (severityNumber && Number.isInteger(severityNumber)) fields += `"severityNumber":${severityNumber},`
  if (severityText) fields += `"severityText":${quoted(severityText)},`
  if (eventName) fields += `"eventName":${quoted(eventName)},`
  if (body !== undefined) fields += `"body":${values.write(body)},`
  if (droppedAttributesCount > 0) fields += `"droppedAttributesCount":${droppedAttributesCount},`
  if (spanContext !== undefined && isSpanContextValid(spanContext)) {
    const { traceId, spanId, traceFlags } = spanContext
    fields += `"traceId":"${traceId.toLowerCase()}","spanId":"${spanId.toLowerCase()}","flags":${traceFlags & 0xff},`
  }
  return `${fields}"attributes":[${values.entries(record.attributes)}]`
}

function resourceText(resource: Resource): string {
  const known = resourceTexts.get(resource)
  if (known !== undefined) return known
  const attributes = new ValueWriter(ANY_VALUE).entries(resource.attributes)
  const text = `"resource":{"attributes":[${attributes}]}${schemaUrlField(resource.schemaUrl)}`
  // Attributes that are still being detected are missing from this text, and belong into the next.
  if (resource.asyncAttributesPending !== true) resourceTexts.set(resource, text)
  return text
}

function scopeText(scope: Scope): string {
  const known = scopeTexts.get(scope)
  if (known !== undefined) return known
  let fields = `"name":${quoted(scope.name)}`
  if (scope.version) fields += `,"version":${quoted(scope.version)}`
  const attributes = new ValueWriter(ANY_VALUE).entries(scope.attributes ?? {})
  if (attributes !== '') fields += `,"attributes":[${attributes}]`
  if (scope.droppedAttributesCount) fields += `,"droppedAttributesCount":${scope.droppedAttributesCount}`
  const text = `"scope":{${fields}}${schemaUrlField(scope.schemaUrl)}`
  scopeTexts.set(scope, text)
  return text
}

function schemaUrlField(schemaUrl: string | undefined): string {
  return schemaUrl ? `,"schemaUrl":${quoted(schemaUrl)}` : ''
}

/** A time in nanoseconds, as digits; nothing for a time that is not known, which OTLP writes as zero. */
function timeField(name: string, [seconds, nanos]: ReadableLogRecord['hrTime']): string {
  if (seconds > 0 && nanos >= 0 && nanos < 1e9 && Number.isInteger(seconds) && Number.isInteger(nanos)) {
    return `"${name}":"${seconds}${String(nanos).padStart(9, '0')}",`
  }
  // Rounding brings the SDK to a full 1e9 now and then, and applications hand over what they like.
  if (!Number.isFinite(seconds) || !Number.isFinite(nanos)) return ''
  const time = BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.round(nanos))
  return time > 0n ? `"${name}":"${time}",` : ''
}

function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`
  return Object.is(value, -0) ? '-0' : String(value)
}
