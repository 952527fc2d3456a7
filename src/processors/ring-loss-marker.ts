import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { LOSS_SCOPE } from '../common/loss-record.js'
import { LossEncoder } from '../exporters/otlp/loss-encoder.js'
import type { SharedAccounts } from '../exporters/thread/shared-accounts.js'
import type { RingProducer } from '../exporters/thread/shared-ring.js'
import type { Ledger } from './ledger.js'

/** A marker in the ring, or taken from it since. */
interface QueuedMarker {
  readonly sequence: number
  readonly missing: number
}

/**
 * Keeps a record in a ring wherever records are missing, for `reportLoss`: behind the newest where records were refused.
 * Where they were evicted, before the oldest, nothing can be written on this side: there the consumer is told how many
 * are missing, and puts a marker before the batch that it takes next. A marker counts as emitted, like any record.
 */
export class RingLossMarker {
  readonly #ring: RingProducer
  readonly #accounts: SharedAccounts
  readonly #ledger: Ledger
  readonly #maxRecords: number
  readonly #maxBytes: number
  readonly #encoder = new LossEncoder()
  /** Records refused since the last marker. */
  #refused = 0
  /** The markers that may still be in the ring, oldest first: one that is evicted hands its count on. */
  #queued: QueuedMarker[] = []

  /** @param maxRecords how full the ring may get with a marker, in records and bytes: a reserve is for records alone. */
  constructor(
    ring: RingProducer,
    accounts: SharedAccounts,
    ledger: Ledger,
    maxRecords: number,
    maxBytes: number,
  ) {
    this.#ring = ring
    this.#accounts = accounts
    this.#ledger = ledger
    this.#maxRecords = maxRecords
    this.#maxBytes = maxBytes
  }

  /** A record was refused. */
  noteRefused(): void {
    this.#refused++
  }

  /** The record with this sequence number was evicted. */
  noteEvicted(sequence: number): void {
    this.#forgetBefore(sequence)
    const [marker] = this.#queued
    this.#accounts.noteMissing(marker?.sequence === sequence ? marker.missing : 1)
  }

  /**
   * A record of `length` bytes was written, and is about to be added: what was refused before it is marked, if both fit.
   *
   * @param contextOf the number of the marker's context.
   */
  beforeAdd(length: number, contextOf: (scope: ReadableLogRecord['instrumentationScope']) => number): void {
    if (this.#refused === 0 || this.#ring.records + 2 > this.#maxRecords) return
    const context = contextOf(LOSS_SCOPE)
    const marker = this.#encoder.encode(this.#refused)
    if (this.#ring.bytes + marker.length + length > this.#maxBytes) return
    const sequence = this.#ring.addBefore(length, marker, context)
    if (sequence === undefined) return
    this.#ledger.emitted++
    this.#forgetBefore(this.#ring.firstSequence)
    this.#queued.push({ sequence, missing: this.#refused })
    this.#refused = 0
  }

  #forgetBefore(first: number): void {
    const isQueued = ({ sequence }: QueuedMarker) => ((sequence - first) | 0) >= 0
    if (this.#queued.length > 0) this.#queued = this.#queued.filter(isQueued)
  }
}
