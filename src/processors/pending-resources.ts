import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'

type Resource = ReadableLogRecord['resource']

/** How long a resource whose attributes are still being detected may hold its records back, in milliseconds. */
export const RESOURCE_WAIT_MILLIS = 5_000

/** Resources that were waited for as long as they may be: their records no longer wait. */
const givenUp = new WeakSet<Resource>()

/** The resources of a batch that have not settled yet, and are still worth waiting for. */
export function pendingResources(
  batch: readonly Pick<ReadableLogRecord, 'resource'>[],
): ReadonlySet<Resource> {
  const pending = new Set<Resource>()
  for (const { resource } of batch) {
    if (isPending(resource) && !givenUp.has(resource)) pending.add(resource)
  }
  return pending
}

/**
 * Whether its attributes have not settled. Never throws: a resource is foreign code, and this is asked in turns of the
 * event loop that nobody else would catch an error in.
 */
export function isPending(resource: Resource): boolean {
  try {
    return resource.asyncAttributesPending === true
  } catch {
    return false
  }
}

/**
 * Calls back once the resources have settled, never from inside this call. One that does not settle in time is taken
 * with the attributes it has by then.
 *
 * @returns what calls the wait off, and leaves no timer.
 */
export function whenSettled(resources: ReadonlySet<Resource>, clock: Clock, settled: () => void): () => void {
  const waiting = new Set(resources)
  let isOver = false
  const cancel = () => {
    isOver = true
    cancelTimer()
  }
  const giveUpOn = (resource: Resource) => {
    givenUp.add(resource)
    gone(resource)
  }
  const gone = (resource: Resource) => {
    waiting.delete(resource)
    if (waiting.size > 0 || isOver) return
    cancel()
    settled()
  }
  const cancelTimer = clock.after(RESOURCE_WAIT_MILLIS, () => waiting.forEach(giveUpOn))
  for (const resource of resources) {
    const wait = async () => resource.waitForAsyncAttributes?.()
    wait().then(
      () => gone(resource),
      () => giveUpOn(resource),
    )
  }
  return cancel
}
