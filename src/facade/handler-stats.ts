import type { OverflowMode, QueueStats } from '../processors/queue-stats.js'

/** What became of the records that a handler was handed. */
export interface HandlerStats {
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

/** A processor's accounts, under the names a handler has for them. */
export function handlerStats(stats: QueueStats): HandlerStats {
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
