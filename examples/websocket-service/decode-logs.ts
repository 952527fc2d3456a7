import {
  type AnyValueMessage,
  ExportLogsServiceRequest,
  type KeyValueMessage,
  type LogRecordMessage,
  type LogsRequestMessage,
  type ResourceMessage,
  type ScopeMessage,
} from './otlp-messages.js'

/** A value as plain JavaScript: an integer is a number where it is exact and a bigint where not, empty is null. */
export type PlainValue =
  | null
  | string
  | boolean
  | number
  | bigint
  | Uint8Array
  | PlainValue[]
  | { [key: string]: PlainValue }

/** The same value with everything that was sent: which kind of number, and the entries of a map in their order. */
export type ExactValue =
  | { readonly kind: 'empty' }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'array'; readonly value: readonly ExactValue[] }
  | { readonly kind: 'map'; readonly value: ExactEntries }

/** The entries of a map, in the order they were sent; a key that was sent twice is here twice. */
export type ExactEntries = readonly (readonly [key: string, value: ExactValue])[]

export interface DecodedResource {
  readonly attributes: Record<string, PlainValue>
  readonly exactAttributes: ExactEntries
  readonly schemaUrl: string
}

export interface DecodedScope {
  readonly name: string
  readonly version: string
  readonly attributes: Record<string, PlainValue>
  readonly exactAttributes: ExactEntries
  readonly schemaUrl: string
}

/** A log record as a receiver got it. A text that was not sent is `''`, a number or time that was not sent 0. */
export interface DecodedLogRecord {
  readonly resource: DecodedResource
  readonly scope: DecodedScope
  /** Nanoseconds since 1970. */
  readonly time: bigint
  /** Nanoseconds since 1970. */
  readonly observedTime: bigint
  readonly severityNumber: number
  readonly severityText: string
  readonly eventName: string
  /** undefined when the record has none. */
  readonly body: PlainValue | undefined
  readonly exactBody: ExactValue | undefined
  readonly attributes: Record<string, PlainValue>
  readonly exactAttributes: ExactEntries
  readonly droppedAttributesCount: number
  /** Lower-case hex. */
  readonly traceId: string
  /** Lower-case hex. */
  readonly spanId: string
  readonly flags: number
}

/** Decodes an OTLP ExportLogsServiceRequest. @throws for what is not one, ill-formed text included. */
export function decodeProtobuf(request: Uint8Array): DecodedLogRecord[] {
  // Not as a Buffer: for those the decoder has a reader that replaces lone surrogates, so that nobody sees them.
  const { buffer, byteOffset, byteLength } = request
  return recordsOf(ExportLogsServiceRequest.decode(new Uint8Array(buffer, byteOffset, byteLength)))
}

/**
 * Decodes an OTLP/JSON ExportLogsServiceRequest, or one line of an OTLP file: `LogsData` has the same fields.
 * @throws for what is not one, ill-formed text included.
 */
export function decodeJson(request: string): DecodedLogRecord[] {
  return recordsOf(ExportLogsServiceRequest.fromObject(JSON.parse(request, readIds)))
}

/** OTLP/JSON writes ids in hex, where the decoder, going by protobuf's own JSON rules, looks for base64. */
function readIds(name: string, value: unknown): unknown {
  if (name !== 'traceId' && name !== 'spanId') return value
  if (typeof value !== 'string' || !/^([0-9a-f]{2})*$/i.test(value))
    throw new TypeError(`${name} is not in hex`)
  return Buffer.from(value, 'hex')
}

function recordsOf(request: LogsRequestMessage): DecodedLogRecord[] {
  return request.resourceLogs.flatMap(({ resource, schemaUrl, scopeLogs }) => {
    const decodedResource = resourceOf(resource, schemaUrl)
    return scopeLogs.flatMap(({ scope, schemaUrl, logRecords }) => {
      const decodedScope = scopeOf(scope, schemaUrl)
      return logRecords.map((record) => recordOf(record, decodedResource, decodedScope))
    })
  })
}

function resourceOf(resource: ResourceMessage | null, schemaUrl: string | null): DecodedResource {
  const exactAttributes = exactEntries(resource?.attributes ?? [])
  return { attributes: plainMap(exactAttributes), exactAttributes, schemaUrl: schemaUrl ?? '' }
}

function scopeOf(scope: ScopeMessage | null, schemaUrl: string | null): DecodedScope {
  const exactAttributes = exactEntries(scope?.attributes ?? [])
  return {
    name: text(scope?.name),
    version: text(scope?.version),
    attributes: plainMap(exactAttributes),
    exactAttributes,
    schemaUrl: text(schemaUrl),
  }
}

function recordOf(
  record: LogRecordMessage,
  resource: DecodedResource,
  scope: DecodedScope,
): DecodedLogRecord {
  const exactBody = record.body === null ? undefined : exactValue(record.body)
  const exactAttributes = exactEntries(record.attributes)
  return {
    resource,
    scope,
    time: BigInt(String(record.timeUnixNano ?? 0)),
    observedTime: BigInt(String(record.observedTimeUnixNano ?? 0)),
    severityNumber: record.severityNumber ?? 0,
    severityText: text(record.severityText),
    eventName: text(record.eventName),
    body: exactBody && plainValue(exactBody),
    exactBody,
    attributes: plainMap(exactAttributes),
    exactAttributes,
    droppedAttributesCount: record.droppedAttributesCount ?? 0,
    traceId: hex(record.traceId),
    spanId: hex(record.spanId),
    flags: record.flags ?? 0,
  }
}

function exactEntries(entries: readonly KeyValueMessage[]): ExactEntries {
  return entries.map(({ key, value }) => [text(key), value === null ? { kind: 'empty' } : exactValue(value)])
}

function exactValue(message: AnyValueMessage): ExactValue {
  const values: ExactValue[] = []
  if (message.stringValue !== null) values.push({ kind: 'string', value: text(message.stringValue) })
  if (message.boolValue !== null) values.push({ kind: 'bool', value: message.boolValue })
  if (message.intValue !== null) values.push({ kind: 'int', value: BigInt(String(message.intValue)) })
  if (message.doubleValue !== null) values.push({ kind: 'double', value: message.doubleValue })
  if (message.bytesValue !== null) values.push({ kind: 'bytes', value: new Uint8Array(message.bytesValue) })
  if (message.arrayValue !== null) {
    values.push({ kind: 'array', value: message.arrayValue.values.map(exactValue) })
  }
  if (message.kvlistValue !== null) {
    values.push({ kind: 'map', value: exactEntries(message.kvlistValue.values) })
  }
  const [value, ...others] = values
  if (others.length > 0) throw new TypeError('an AnyValue holds more than one value')
  return value ?? { kind: 'empty' }
}

function plainValue(exact: ExactValue): PlainValue {
  switch (exact.kind) {
    case 'empty':
      return null
    case 'int':
      return Number.isSafeInteger(Number(exact.value)) ? Number(exact.value) : exact.value
    case 'array':
      return exact.value.map(plainValue)
    case 'map':
      return plainMap(exact.value)
    default:
      return exact.value
  }
}

function plainMap(entries: ExactEntries): Record<string, PlainValue> {
  return Object.fromEntries(entries.map(([key, value]) => [key, plainValue(value)]))
}

/** Receivers written in Rust refuse a whole request for one ill-formed text, so this one does too. */
function text(value: string | null | undefined): string {
  if (!value) return ''
  if (!value.isWellFormed()) throw new TypeError('a text is not well-formed Unicode')
  return value
}

function hex(id: Uint8Array | null): string {
  return id === null ? '' : Buffer.from(id).toString('hex')
}
