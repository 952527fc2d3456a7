/**
 * What moves records from a queue to an exporter. It never does so from inside the call that emitted a record, but in a
 * turn of the event loop of its own, or while a caller waits for room.
 */
export interface Drain {
  /** A record was added: it goes when a batch is full, or when it has waited for the scheduled delay. */
  notify(): void
  /** The records before `mark` go as soon as they can, in batches that need not be full. */
  urge(mark: number): void
  /** Stops for good. Records in flight are failed, whatever their exporter says later; queued ones are left alone. */
  stop(): void
  /**
   * Exports what is queued while the caller waits, because the process ends now. Without a synchronous exporter there
   * is no way to: then it does nothing.
   */
  drainAtExit(timeoutMillis: number): void
}

/** When batches go, and how long an export may take. */
export interface DrainSettings {
  readonly maxExportBatchSize: number
  readonly scheduledDelayMillis: number
  readonly exportTimeoutMillis: number
  readonly concurrency: number
}
