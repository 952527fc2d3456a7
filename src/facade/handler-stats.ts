import type { AccountedLogRecordProcessor } from '../processors/accounted-log-record-processor.js'
import type { OverflowMode } from '../processors/queue-stats.js'
import type { HandlerFilter, HandlerFilterCounts } from './handler-filter.js'
import type { HandlingMillis, HandlingTimes } from './handling-times.js'

/** What went wrong in the last 60 seconds. */
export interface RecentTrouble {
  /** Records that failed. */
  readonly errors: number
  /** Records dropped, whatever the reason. */
  readonly dropped: number
}

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
  /** The most records that can wait; 0 for a processor of the application's, of which that is not known. */
  readonly capacity: number
  /** The part of `errors` and `dropped` that came in the last 60 seconds. */
  readonly recent: RecentTrouble
  /**
   * How long the handler took, so far: for a record, if it is a function or a processor; for an export, if it is an
   * exporter. On the export thread the last 512 exports since the last call are counted.
   */
  readonly handlingMillis: HandlingMillis
}

/** What became of a handler's records: of those its filters kept from it, and of those it was handed. */
export interface HandlerStats extends DeliveryStats, HandlerFilterCounts {
  /** Records that failed so far, those included that were lost because its `when` or `transform` threw. */
  readonly errors: number
}

export function handlerStats(delivery: DeliveryStats, filter: HandlerFilter): HandlerStats {
  const { recent } = delivery
  return {
    ...delivery,
    errors: delivery.errors + filter.failed,
    recent: { ...recent, errors: recent.errors + filter.recentlyFailed },
    ...filter.counts(),
  }
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
    capacity: after.capacity,
    recent: {
      errors: before.recent.errors + after.recent.errors,
      dropped: before.recent.dropped + after.recent.dropped,
    },
    // Both keep the same times: those of their handler.
    handlingMillis: after.handlingMillis,
  }
}

/** A processor's accounts, under the names a handler has for them. */
export function deliveryStats(processor: AccountedLogRecordProcessor, times: HandlingTimes): DeliveryStats {
  const stats = processor.stats()
  const { failed, dropped: recentlyDropped } = processor.recentLoss()
  for (const millis of processor.takeExportMillis()) times.add(millis)
  const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0)
  return {
    mode: stats.mode,
    queued: stats.emitted - (dropped - stats.dropped.evicted),
    processed: stats.exported,
    errors: stats.failed,
    dropped,
    queueSize: stats.queueSize,
    capacity: stats.capacity,
    recent: { errors: failed, dropped: recentlyDropped },
    handlingMillis: times.summary,
  }
}
