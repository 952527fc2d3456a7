import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Attributes } from '../../common/any-value.js'
import { readEntry } from './any-value-decoder.js'
import type { EncodedContext } from './encoded-batch.js'
import { CONTEXT_TAG as TAG } from './field-tags.js'
import { ProtobufReader } from './protobuf-reader.js'

type Resource = ReadableLogRecord['resource']
type Scope = ReadableLogRecord['instrumentationScope']

/** What a record belongs to. */
export interface DecodedContext {
  readonly resource: Resource
  readonly instrumentationScope: Scope
}

/** One object for each context: exporters group records by the identity of resource and scope, and keep texts of them. */
const decodedContexts = new WeakMap<EncodedContext, DecodedContext>()

/** Resource and scope as `encodeContext` wrote them; always the same objects for the same context. @throws BrokenMessageError */
export function decodedContext(context: EncodedContext): DecodedContext {
  const known = decodedContexts.get(context)
  if (known !== undefined) return known
  const schemaUrl = textField(context.resourceSchemaUrl)
  const decoded = {
    resource: new DecodedResource(attributesOf(context.resource), schemaUrl),
    instrumentationScope: scopeOf(context),
  }
  decodedContexts.set(context, decoded)
  return decoded
}

/** A resource that has settled. */
class DecodedResource implements Resource {
  readonly attributes: Resource['attributes']
  readonly schemaUrl?: string
  readonly asyncAttributesPending = false

  constructor(attributes: Resource['attributes'], schemaUrl: string | undefined) {
    this.attributes = attributes
    if (schemaUrl !== undefined) this.schemaUrl = schemaUrl
  }

  async waitForAsyncAttributes(): Promise<void> {}

  /** Both together; where they differ, what the other says. */
  merge(other: Resource | null): Resource {
    if (other === null) return this
    return new DecodedResource({ ...this.attributes, ...other.attributes }, other.schemaUrl ?? this.schemaUrl)
  }

  getRawAttributes(): ReturnType<Resource['getRawAttributes']> {
    return Object.entries(this.attributes)
  }
}

function attributesOf(resource: Uint8Array): Resource['attributes'] {
  const attributes: Resource['attributes'] = {}
  const reader = message(resource)
  if (reader === undefined) return attributes
  for (const end = reader.end(); reader.next(end); ) {
    if (reader.tag === TAG.resourceAttributes) readEntry(reader, attributes)
  }
  return attributes
}

function scopeOf({ scope, scopeSchemaUrl }: EncodedContext): Scope {
  const decoded: { -readonly [K in keyof Scope]: Scope[K] } = { name: '' }
  const attributes: Attributes = {}
  const schemaUrl = textField(scopeSchemaUrl)
  if (schemaUrl !== undefined) decoded.schemaUrl = schemaUrl
  const reader = message(scope)
  if (reader === undefined) return decoded
  for (const end = reader.end(); reader.next(end); ) {
    switch (reader.tag) {
      case TAG.scopeName:
        decoded.name = reader.string()
        break
      case TAG.scopeVersion:
        decoded.version = reader.string()
        break
      case TAG.scopeAttributes:
        readEntry(reader, attributes)
        break
      case TAG.scopeDroppedAttributesCount:
        decoded.droppedAttributesCount = reader.uint32()
        break
    }
  }
  if (Object.keys(attributes).length > 0) decoded.attributes = attributes
  return decoded
}

/** The text of a field that may be missing. */
function textField(field: Uint8Array): string | undefined {
  return message(field)?.string()
}

/** A reader behind the tag of a field; `undefined` if there is none. */
function message(field: Uint8Array): ProtobufReader | undefined {
  if (field.length === 0) return undefined
  const reader = new ProtobufReader(field)
  reader.begin(0, field.length)
  reader.next(field.length)
  return reader
}
