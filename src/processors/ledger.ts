import type { DropReason } from './queue-stats.js'

/**
 * The counts of one processor. Each is raised in one place, where the thing it counts happens, together with the move
 * it belongs to, so that the identity of `QueueStats` holds whenever somebody reads.
 */
export class Ledger {
  emitted = 0
  inFlight = 0
  exported = 0
  failed = 0
  /** The part of `failed` that never reached the exporter: shutdown gave up on it. */
  abandoned = 0
  suppressed = 0
  blockedMillis = 0
  readonly dropped: Record<DropReason, number> = {
    queue_full: 0,
    evicted: 0,
    block_timeout: 0,
    already_shutdown: 0,
    record_too_large: 0,
    invalid: 0,
  }

  /** A batch came back: so many of its records arrived, so many did not. */
  settle(exported: number, failed: number): void {
    this.inFlight -= exported + failed
    this.exported += exported
    this.failed += failed
  }
}
