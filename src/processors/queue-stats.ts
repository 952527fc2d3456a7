/** What a full queue does: refuse the new record, evict the oldest, or make the caller wait. */
export type OverflowMode = 'dropping' | 'blocking' | 'sliding'

/** Why a record was not accepted, or was given up before it was exported. */
export type DropReason =
  /** The queue had no room. */
  | 'queue_full'
  /** A newer record took its place (`sliding`). */
  | 'evicted'
  /** The caller waited for room as long as it may (`blocking`). */
  | 'block_timeout'
  /** It came after `shutdown()`. */
  | 'already_shutdown'
  /** It can never fit. */
  | 'record_too_large'
  /** It cannot be read: a getter throws, for example. */
  | 'invalid'

/**
 * The accounts of one processor. At any moment
 * `emitted = queueSize + inFlight + exported + failed + (all of dropped)`; each term is counted where it happens.
 */
export interface QueueStats {
  /** The overflow mode; `sync` for a processor without a queue. */
  readonly mode: OverflowMode | 'sync'
  /** Records handed to the processor so far. */
  readonly emitted: number
  /** Records that wait in the queue now. */
  readonly queueSize: number
  /** Bytes that wait in the queue now; 0 where records are queued as objects. */
  readonly queueBytes: number
  /** The most records the queue holds. */
  readonly capacity: number
  /** Records with the exporter now. */
  readonly inFlight: number
  /** Records exported so far. */
  readonly exported: number
  /** Records the exporter or the receiver failed to take so far, and those that shutdown gave up on. */
  readonly failed: number
  /** Records dropped so far, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>
  /** Records not taken because they came from inside an export, where taking them would close a loop; not in `emitted`. */
  readonly suppressed: number
  /** Milliseconds callers waited for room so far. */
  readonly blockedMillis: number
  /** How often the export thread was replaced; 0 without one. */
  readonly workerRestarts: number
}
