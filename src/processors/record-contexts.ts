import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import { encodeContext } from '../exporters/otlp/context-encoder.js'
import type { EncodedContext } from '../exporters/otlp/encoded-batch.js'
import { type ExportThreads, exportThreads } from '../exporters/thread/export-threads.js'
import { isPending, pendingResources, whenSettled } from './pending-resources.js'

type Resource = ReadableLogRecord['resource']
type Scope = ReadableLogRecord['instrumentationScope']

/**
 * The numbers that stand for resource and scope in encoded records. Each pair is encoded once and made known to the
 * export thread; while its resource has not settled, its records wait there.
 *
 * The export thread forgets no number, as a record of it may be queued still. So what encodes to the same has the same
 * number, and scopes that are made anew all the time do not add up.
 */
export class RecordContexts {
  /** The threads that the contexts are made known to. */
  readonly threads: ExportThreads
  readonly #ids = new WeakMap<Resource, WeakMap<Scope, number>>()
  /** The numbers of settled resources and their scopes, by what both encode to. */
  readonly #idsByContent = new Map<string, number>()
  /** Those of a resource that has not settled, by what the scope encodes to. */
  readonly #pendingIds = new WeakMap<Resource, Map<string, number>>()
  /** What makes a context known that waits for its resource, by its number. */
  readonly #waiting = new Map<number, () => void>()
  /** Most records have the resource and scope of the one before. */
  #lastResource: Resource | undefined
  #lastScope: Scope | undefined
  #lastId = 0

  constructor(threads: ExportThreads) {
    this.threads = threads
  }

  idOf(resource: Resource, scope: Scope, clock: Clock): number {
    if (resource === this.#lastResource && scope === this.#lastScope) return this.#lastId
    let ids = this.#ids.get(resource)
    if (ids === undefined) {
      ids = new WeakMap()
      this.#ids.set(resource, ids)
    }
    let id = ids.get(scope)
    if (id === undefined) {
      id = this.#register(resource, scope, clock)
      ids.set(scope, id)
    }
    this.#lastResource = resource
    this.#lastScope = scope
    this.#lastId = id
    return id
  }

  /** Takes the resources that have not settled as they are: there is no time to wait for them. */
  settleNow(): void {
    for (const makeKnown of [...this.#waiting.values()]) makeKnown()
  }

  #register(resource: Resource, scope: Scope, clock: Clock): number {
    const context = encodeContext(resource, scope)
    if (!isPending(resource)) return this.#known(context)
    let ids = this.#pendingIds.get(resource)
    if (ids === undefined) {
      ids = new Map()
      this.#pendingIds.set(resource, ids)
    }
    const key = keyOf(context.scope, context.scopeSchemaUrl)
    let id = ids.get(key)
    if (id === undefined) {
      id = this.#await(resource, scope, context, clock)
      ids.set(key, id)
    }
    return id
  }

  /**
   * A number that is made known once the resource has settled, or is waited for no longer.
   *
   * @param first both as they are now: what is made known if they can be read no more.
   */
  #await(resource: Resource, scope: Scope, first: EncodedContext, clock: Clock): number {
    const id = this.threads.nextContextId()
    let isComplete = false
    const makeKnown = () => {
      if (isComplete) return
      isComplete = !isPending(resource)
      this.#waiting.delete(id)
      const context = encodedOr(first, resource, scope)
      this.threads.addContext(id, context)
      if (!isComplete) return
      const key = contentOf(context)
      if (!this.#idsByContent.has(key)) this.#idsByContent.set(key, id)
    }
    const pending = pendingResources([{ resource }])
    if (pending.size === 0) {
      makeKnown()
    } else {
      this.#waiting.set(id, makeKnown)
      whenSettled(pending, clock, makeKnown)
    }
    // One that was taken as it was shows the rest later: to records that have not gone by then.
    const settled = async () => resource.waitForAsyncAttributes?.()
    settled().then(makeKnown, makeKnown)
    return id
  }

  #known(context: EncodedContext): number {
    const key = contentOf(context)
    let id = this.#idsByContent.get(key)
    if (id === undefined) {
      id = this.threads.nextContextId()
      this.threads.addContext(id, context)
      // Not before: records of a context that nobody could make known would wait for ever.
      this.#idsByContent.set(key, id)
    }
    return id
  }
}

/** Never throws: this is asked in turns of the event loop that nobody else would catch an error in. */
function encodedOr(first: EncodedContext, resource: Resource, scope: Scope): EncodedContext {
  try {
    return encodeContext(resource, scope)
  } catch {
    return first
  }
}

function contentOf({ resource, resourceSchemaUrl, scope, scopeSchemaUrl }: EncodedContext): string {
  return keyOf(resource, resourceSchemaUrl, scope, scopeSchemaUrl)
}

/** A text that is the same for the same pieces only: no byte is the character between them. */
function keyOf(...pieces: Uint8Array[]): string {
  return pieces.map((piece) => Buffer.from(piece).toString('latin1')).join('\u0100')
}

export const recordContexts = new RecordContexts(exportThreads)
