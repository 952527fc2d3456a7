import type { DropReason } from './queue-stats.js'

/**
 * What became of the records that were handed to a processor, until they left its queue. Each count is raised in one
 * place, where the thing it counts happens, together with the move it belongs to, so that the identity of `QueueStats`
 * holds whenever somebody reads.
 */
export class Ledger {
  emitted = 0
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
}
