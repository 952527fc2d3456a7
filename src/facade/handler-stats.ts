import type { OverflowMode, QueueStats } from '../processors/queue-stats.js'
import type { HandlerFilter, HandlerFilterCounts } from './handler-filter.js'

/** What became of the records that got through a handler's filters. */
export interface DeliveryStats {
  /** What it does when it is full; `sync` if it has no queue, `processor` if it is a processor of the application's. */
  readonly mode: OverflowMode | 'sync' | 'processor'
  /** Records accepted so far, those included that a newer one has taken the place of since. */
  readonly queued: number
  /** Records handled so far. */
  readonly processed: number
  /** Records that failed so far. */
  readonly errors: number
  /** Records dropped so far, whatever the reason. */
  readonly dropped: number
  /** Records that wait in the queue now. */
  readonly queueSize: number
}

/** What became of a handler's records: of those its filters kept from it, and of those it was handed. */
export interface HandlerStats extends DeliveryStats, HandlerFilterCounts {
  /** Records that failed so far, those included that were lost because its `when` or `transform` threw. */
  readonly errors: number
}

export function handlerStats(delivery: DeliveryStats, filter: HandlerFilter): HandlerStats {
  return { ...delivery, errors: delivery.errors + filter.failed, ...filter.counts() }
}

/** What two deliveries of a handler came to, one after the other. */
export function sumOfStats(before: DeliveryStats, after: DeliveryStats): DeliveryStats {
  return {
    mode: after.mode,
    queued: before.queued + after.queued,
    processed: before.processed + after.processed,
    errors: before.errors + after.errors,
    dropped: before.dropped + after.dropped,
    queueSize: before.queueSize + after.queueSize,
  }
}

/** A processor's accounts, under the names a handler has for them. */
export function deliveryStats(stats: QueueStats): DeliveryStats {
  const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0)
  return {
    mode: stats.mode,
    queued: stats.emitted - (dropped - stats.dropped.evicted),
    processed: stats.exported,
    errors: stats.failed,
    dropped,
    queueSize: stats.queueSize,
  }
}
