import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import { withinDeadline } from '../common/deadline.js'

type Resource = ReadableLogRecord['resource']

/** How long a resource whose attributes are still being detected may hold its records back, in milliseconds. */
export const RESOURCE_WAIT_MILLIS = 5_000

/** Resources that were waited for as long as they may be: their records no longer wait. */
const givenUp = new WeakSet<Resource>()

/**
 * Waits until the resources of a batch have settled; `undefined`, and no wait, if they have. A resource that does not
 * settle in time is taken with the attributes it has by then. Never rejects.
 */
export function resourcesSettled(
  batch: readonly ReadableLogRecord[],
  clock: Clock,
): Promise<void> | undefined {
  const pending = new Set<Resource>()
  for (const { resource } of batch) {
    if (resource.asyncAttributesPending === true && !givenUp.has(resource)) pending.add(resource)
  }
  if (pending.size === 0) return undefined
  const waits = [...pending].map(async (resource) => {
    try {
      await withinDeadline(
        clock,
        RESOURCE_WAIT_MILLIS,
        () => resource.waitForAsyncAttributes?.(),
        () => 'resource attributes pending',
      )
    } catch {
      givenUp.add(resource)
    }
  })
  return Promise.all(waits).then(() => undefined)
}
