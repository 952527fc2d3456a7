import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { isThenable } from '../../common/thenable.js'
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

/**
 * Encodes a resource, with the attributes that it has now, and a scope. What cannot be read, or is too large, is left
 * out.
 *
 * @throws RangeError if there is no stack or no memory left, which the next call may have again.
 */
export function encodeContext(resource: Resource, scope: Scope): EncodedContext {
  return {
    resource: encoded((writer, encoder, isLastTry) => {
      const start = writer.open(TAG.resourceLogsResource, LENGTH_BYTES)
      encodeAttributes(writer, encoder, isLastTry, TAG.resourceAttributes, resource.attributes)
      writer.close(start, LENGTH_BYTES)
    }),
    resourceSchemaUrl: encoded((writer) => text(writer, TAG.schemaUrl, resource.schemaUrl)),
    scope: encodeScope(scope),
    scopeSchemaUrl: encoded((writer) => text(writer, TAG.schemaUrl, scope.schemaUrl)),
  }
}

/** Encodes a scope, but for its schema URL. @throws RangeError likewise */
export function encodeScope(scope: Scope): Uint8Array {
  return encoded((writer, encoder, isLastTry) => {
    const start = writer.open(TAG.scopeLogsScope, LENGTH_BYTES)
    text(writer, TAG.scopeName, scope.name)
    text(writer, TAG.scopeVersion, scope.version)
    encodeAttributes(writer, encoder, isLastTry, TAG.scopeAttributes, scope.attributes ?? {})
    if (scope.droppedAttributesCount !== undefined && scope.droppedAttributesCount > 0) {
      writer.uint32(TAG.scopeDroppedAttributesCount, scope.droppedAttributesCount)
    }
    writer.close(start, LENGTH_BYTES)
  })
}

/**
 * One by one, so that one which cannot be encoded takes no other with it. Those that are still promises are left out.
 *
 * @param isLastTry whether one for which there is no room is left out, too.
 */
function encodeAttributes(
  writer: ProtobufWriter,
  encoder: LogRecordEncoder,
  isLastTry: boolean,
  tag: number,
  attributes: Readonly<Record<string, unknown>>,
): void {
  for (const key of Object.keys(attributes)) {
    const before = writer.position
    try {
      const value = attributes[key]
      if (value !== undefined && !isPromise(value)) encoder.encodeAttributes(tag, { [key]: value })
    } catch (error) {
      if (error instanceof RangeError || (error === NO_ROOM && !isLastTry)) throw error
      writer.rewind(before)
    }
  }
}

/** Never throws: what cannot be looked at is none. */
function isPromise(value: unknown): boolean {
  try {
    return isThenable(value)
  } catch {
    return false
  }
}

function text(writer: ProtobufWriter, tag: number, value: string | undefined): void {
  if (value === undefined || value === '') return
  writer.string(tag, String(value))
}

function encoded(
  write: (writer: ProtobufWriter, encoder: LogRecordEncoder, isLastTry: boolean) => void,
): Uint8Array {
  for (let size = FIRST_TRY_BYTES; size <= MOST_BYTES; size *= 8) {
    const memory = new ArrayBuffer(size)
    const writer = new ProtobufWriter(memory)
    try {
      writer.begin(0, size)
      write(writer, new LogRecordEncoder(writer), size === MOST_BYTES)
      return new Uint8Array(memory, 0, writer.position).slice()
    } catch (error) {
      if (error instanceof RangeError) throw error
      if (error !== NO_ROOM) break
    }
  }
  return new Uint8Array()
}
