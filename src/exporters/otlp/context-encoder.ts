import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { EncodedContext } from './encoded-batch.js'
import { CONTEXT_TAG as TAG } from './field-tags.js'
import { LogRecordEncoder } from './log-record-encoder.js'
import { NO_ROOM, ProtobufWriter } from './protobuf-writer.js'

type Resource = ReadableLogRecord['resource']
type Scope = ReadableLogRecord['instrumentationScope']

/** How many bytes are set aside for the length of a resource or scope: it is moved if it needs others. */
const LENGTH_BYTES = 2
const FIRST_TRY_BYTES = 4_096
const MOST_BYTES = 16 * 1024 * 1024

/** Encodes a resource, with the attributes that it has now, and a scope. Never throws: what cannot be read is left out. */
export function encodeContext(resource: Resource, scope: Scope): EncodedContext {
  return {
    resource: encoded((writer, encoder) => {
      const start = writer.open(TAG.resourceLogsResource, LENGTH_BYTES)
      encoder.encodeAttributes(TAG.resourceAttributes, settledAttributes(resource))
      writer.close(start, LENGTH_BYTES)
    }),
    resourceSchemaUrl: encoded((writer) => text(writer, TAG.schemaUrl, resource.schemaUrl)),
    scope: encodeScope(scope),
    scopeSchemaUrl: encoded((writer) => text(writer, TAG.schemaUrl, scope.schemaUrl)),
  }
}

/** Encodes a scope, but for its schema URL. Never throws either. */
export function encodeScope(scope: Scope): Uint8Array {
  return encoded((writer, encoder) => {
    const start = writer.open(TAG.scopeLogsScope, LENGTH_BYTES)
    text(writer, TAG.scopeName, scope.name)
    text(writer, TAG.scopeVersion, scope.version)
    encoder.encodeAttributes(TAG.scopeAttributes, scope.attributes ?? {})
    if (scope.droppedAttributesCount !== undefined && scope.droppedAttributesCount > 0) {
      writer.uint32(TAG.scopeDroppedAttributesCount, scope.droppedAttributesCount)
    }
    writer.close(start, LENGTH_BYTES)
  })
}

/** The resource's attributes, without those that are still promises. */
function settledAttributes(resource: Resource): Record<string, unknown> {
  const settled: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(resource.attributes)) {
    if (value !== undefined && !isPromise(value)) settled[key] = value
  }
  return settled
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function text(writer: ProtobufWriter, tag: number, value: string | undefined): void {
  if (value === undefined || value === '') return
  writer.string(tag, String(value))
}

function encoded(write: (writer: ProtobufWriter, encoder: LogRecordEncoder) => void): Uint8Array {
  for (let size = FIRST_TRY_BYTES; size <= MOST_BYTES; size *= 8) {
    const memory = new ArrayBuffer(size)
    const writer = new ProtobufWriter(memory)
    try {
      writer.begin(0, size)
      write(writer, new LogRecordEncoder(writer))
      return new Uint8Array(memory, 0, writer.position).slice()
    } catch (error) {
      if (error !== NO_ROOM) break
    }
  }
  return new Uint8Array()
}
