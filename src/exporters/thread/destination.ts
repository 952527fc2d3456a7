import type { EncodedBatch } from '../otlp/encoded-batch.js'

/** What became of records: so many arrived, so many did not, in one piece. */
export interface Delivered {
  readonly exported: number
  readonly failed: number
  /** Why some failed: a status code, or the code of an error. */
  readonly reason?: string
}

/**
 * Where the export thread brings records. Several deliveries may be under way at a time.
 */
export interface Destination {
  /**
   * Delivers the records, trying again for as long as that makes sense. Their bytes are read only until it resolves.
   *
   * @param settle to be called as records are done with, in their order; all of them once it resolves.
   * @param signal gives up: nothing is tried again, and what is left is not settled. Never rejects.
   */
  deliver(batch: EncodedBatch, settle: (delivered: Delivered) => void, signal: AbortSignal): Promise<void>
  /** Finishes what it keeps back itself, if it does that. */
  forceFlush?(): Promise<void>
  /** The same, and for good. */
  shutdown?(): Promise<void>
  /** Lets go of connections and files. */
  close(): void
}
