import { createRequire } from 'node:module'

/*
 * The OTLP messages as protobufjs decodes them: what is not set is null, 64-bit integers are Long objects. The code
 * that decodes them is not this project's, and is older than the SDK it is used with; so it serves as a check on both.
 */

/** A 64-bit integer of which only the decimal digits are of interest. */
interface Long {
  toString(): string
}

export interface AnyValueMessage {
  readonly stringValue: string | null
  readonly boolValue: boolean | null
  readonly intValue: Long | null
  readonly doubleValue: number | null
  readonly arrayValue: { readonly values: readonly AnyValueMessage[] } | null
  readonly kvlistValue: { readonly values: readonly KeyValueMessage[] } | null
  readonly bytesValue: Uint8Array | null
}

export interface KeyValueMessage {
  readonly key: string | null
  readonly value: AnyValueMessage | null
}

export interface ResourceMessage {
  readonly attributes: readonly KeyValueMessage[]
}

export interface ScopeMessage {
  readonly name: string | null
  readonly version: string | null
  readonly attributes: readonly KeyValueMessage[]
}

export interface LogRecordMessage {
  readonly timeUnixNano: Long | null
  readonly observedTimeUnixNano: Long | null
  readonly severityNumber: number | null
  readonly severityText: string | null
  readonly body: AnyValueMessage | null
  readonly attributes: readonly KeyValueMessage[]
  readonly droppedAttributesCount: number | null
  readonly flags: number | null
  readonly traceId: Uint8Array | null
  readonly spanId: Uint8Array | null
  readonly eventName: string | null
}

export interface LogsRequestMessage {
  readonly resourceLogs: readonly {
    readonly resource: ResourceMessage | null
    readonly schemaUrl: string | null
    readonly scopeLogs: readonly {
      readonly scope: ScopeMessage | null
      readonly schemaUrl: string | null
      readonly logRecords: readonly LogRecordMessage[]
    }[]
  }[]
}

interface LogsRequestType {
  decode(bytes: Uint8Array): LogsRequestMessage
  fromObject(json: unknown): LogsRequestMessage
}

interface PartialSuccessType {
  encode(message: { rejectedLogRecords?: number; errorMessage: string }): { finish(): Uint8Array }
}

interface LogsResponseType {
  encode(message: { partialSuccess?: { rejectedLogRecords: number; errorMessage: string } }): {
    finish(): Uint8Array
  }
}

interface MessageTypes {
  readonly ExportLogsServiceRequest: LogsRequestType
  readonly ExportLogsServiceResponse: LogsResponseType
  readonly ExportLogsPartialSuccess: PartialSuccessType
}

// The package declares no usable types for this file, so what is used of it is declared above and looked for here.
const generated: unknown = createRequire(import.meta.url)('otlp-decoder/build/src/generated/root.js')
const messages = ['opentelemetry', 'proto', 'collector', 'logs', 'v1'].reduce(property, generated)
if (!isMessageTypes(messages)) throw new Error('otlp-decoder does not contain the OTLP log messages')

export const { ExportLogsServiceRequest, ExportLogsServiceResponse, ExportLogsPartialSuccess } = messages

function isMessageTypes(value: unknown): value is MessageTypes {
  return (
    hasMethods(property(value, 'ExportLogsServiceRequest'), 'decode', 'fromObject') &&
    hasMethods(property(value, 'ExportLogsServiceResponse'), 'encode') &&
    hasMethods(property(value, 'ExportLogsPartialSuccess'), 'encode')
  )
}

function hasMethods(value: unknown, ...names: string[]): boolean {
  return names.every((name) => typeof property(value, name) === 'function')
}

function property(value: unknown, name: string): unknown {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isObject ? Reflect.get(value, name) : undefined
}
