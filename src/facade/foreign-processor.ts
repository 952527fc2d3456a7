import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { DeliveryStats } from './handler-stats.js'
import type { TargetLease } from './target-leases.js'

/** A processor of the application's as a handler: used as it is, and counted, since it may not count itself. */
export class ForeignProcessor implements LogRecordProcessor {
  readonly #processor: LogRecordProcessor
  readonly #lease: TargetLease
  #handedOver = 0
  #thrown = 0

  constructor(processor: LogRecordProcessor, lease: TargetLease) {
    this.#processor = processor
    this.#lease = lease
  }

  onEmit(...args: Parameters<LogRecordProcessor['onEmit']>): void {
    this.#handedOver++
    try {
      this.#processor.onEmit(...args)
    } catch (error) {
      this.#thrown++
      throw error
    }
  }

  enabled(...args: Parameters<NonNullable<LogRecordProcessor['enabled']>>): boolean {
    return this.#processor.enabled?.(...args) ?? true
  }

  forceFlush(...args: Parameters<LogRecordProcessor['forceFlush']>): Promise<void> {
    return this.#processor.forceFlush(...args)
  }

  shutdown(): Promise<void> {
    return this.#lease.end() ? this.#processor.shutdown() : this.#processor.forceFlush()
  }

  stats(): DeliveryStats {
    return {
      mode: 'processor',
      queued: this.#handedOver,
      processed: this.#handedOver - this.#thrown,
      errors: this.#thrown,
      dropped: 0,
      queueSize: 0,
    }
  }
}
