import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import { RecentCount } from '../processors/recent-loss.js'
import type { DeliveryStats } from './handler-stats.js'
import type { HandlingTimes } from './handling-times.js'
import type { TargetLease } from './target-leases.js'

/** A processor of the application's as a handler: used as it is, and counted, since it may not count itself. */
export class ForeignProcessor implements LogRecordProcessor {
  readonly #processor: LogRecordProcessor
  readonly #lease: TargetLease
  #handedOver = 0
  #thrown = 0
  readonly #recentlyThrown: RecentCount
  readonly #times: HandlingTimes

  constructor(processor: LogRecordProcessor, lease: TargetLease, times: HandlingTimes, clock: Clock) {
    this.#processor = processor
    this.#lease = lease
    this.#times = times
    this.#recentlyThrown = new RecentCount(clock)
  }

  onEmit(...args: Parameters<LogRecordProcessor['onEmit']>): void {
    this.#handedOver++
    const start = this.#times.start()
    try {
      this.#processor.onEmit(...args)
    } catch (error) {
      this.#thrown++
      this.#recentlyThrown.add(1)
      throw error
    } finally {
      this.#times.end(start)
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
      capacity: 0,
      recent: { errors: this.#recentlyThrown.sum, dropped: 0 },
      handlingMillis: this.#times.summary,
    }
  }
}
