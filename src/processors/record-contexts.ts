import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import { encodeContext } from '../exporters/otlp/context-encoder.js'
import type { EncodedContext } from '../exporters/otlp/export-request.js'
import { exportThreads } from '../exporters/thread/export-threads.js'
import { pendingResources, whenSettled } from './pending-resources.js'

type Resource = ReadableLogRecord['resource']
type Scope = ReadableLogRecord['instrumentationScope']

/**
 * The numbers that stand for resource and scope in encoded records. Each pair is encoded once and made known to the
 * export thread; while its resource has not settled, its records wait there.
 */
class RecordContexts {
  readonly #ids = new WeakMap<Resource, WeakMap<Scope, number>>()
  /** What encodes to the same is the same, so that scopes made anew all the time do not add up. */
  readonly #idsByContent = new Map<string, number>()
  /** What makes a context known that waits for its resource, by its number. */
  readonly #waiting = new Map<number, () => void>()
  /** Most records have the resource and scope of the one before. */
  #lastResource: Resource | undefined
  #lastScope: Scope | undefined
  #lastId = 0

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
    if (resource.asyncAttributesPending !== true) return this.#known(encodeContext(resource, scope))
    const id = exportThreads.nextContextId()
    let isComplete = false
    const makeKnown = () => {
      if (isComplete) return
      isComplete = resource.asyncAttributesPending !== true
      this.#waiting.delete(id)
      exportThreads.addContext(id, encodeContext(resource, scope))
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
    const { resource, resourceSchemaUrl, scope, scopeSchemaUrl } = context
    const key = [resource, resourceSchemaUrl, scope, scopeSchemaUrl]
      .map((piece) => Buffer.from(piece).toString('latin1'))
      .join('\u0100')
    let id = this.#idsByContent.get(key)
    if (id === undefined) {
      id = exportThreads.nextContextId()
      this.#idsByContent.set(key, id)
      exportThreads.addContext(id, context)
    }
    return id
  }
}

export const recordContexts = new RecordContexts()
