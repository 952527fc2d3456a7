import { LOSS_SCOPE } from '../../common/loss-record.js'
import { encodeScope } from '../otlp/context-encoder.js'
import type { EncodedContext } from '../otlp/encoded-batch.js'

const NO_BYTES = new Uint8Array()
const SCOPE = encodeScope(LOSS_SCOPE)

/** What a marker belongs to: the resource of the record behind it, and a scope of its own. */
export function lossContext({ resource, resourceSchemaUrl }: EncodedContext): EncodedContext {
  return { resource, resourceSchemaUrl, scope: SCOPE, scopeSchemaUrl: NO_BYTES }
}
