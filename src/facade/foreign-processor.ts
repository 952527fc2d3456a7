import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import { isThenable } from '../common/thenable.js'
import { RecentCount } from '../processors/recent-loss.js'
import type { FailureReport } from './failure-report.js'
import type { DeliveryStats } from './handler-stats.js'
import type { HandlingTimes } from './handling-times.js'
import type { TargetLease } from './target-leases.js'

/** A processor of the application's as a handler: used as it is, and counted, since it may not count itself. */
export class ForeignProcessor implements LogRecordProcessor {
  readonly #processor: LogRecordProcessor
  readonly #lease: TargetLease
  readonly #failures: FailureReport
  #handedOver = 0
  #failed = 0
  readonly #recentlyFailed: RecentCount
  readonly #times: HandlingTimes

  constructor(
    processor: LogRecordProcessor,
    lease: TargetLease,
    failures: FailureReport,
    times: HandlingTimes,
    clock: Clock,
  ) {
    this.#processor = processor
    this.#lease = lease
    this.#failures = failures
    this.#times = times
    this.#recentlyFailed = new RecentCount(clock)
  }

  onEmit(...args: Parameters<LogRecordProcessor['onEmit']>): void {
    this.#handedOver++
    const start = this.#times.start()
    try {
      const returned: unknown = this.#processor.onEmit(...args)
      // An async function has the type that is asked for too, and its rejection would end the process.
      if (isThenable(returned)) returned.then(undefined, (error) => this.#fail(error))
    } catch (error) {
      this.#fail(error)
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
      processed: this.#handedOver - this.#failed,
      errors: this.#failed,
      dropped: 0,
      queueSize: 0,
      capacity: 0,
      recent: { errors: this.#recentlyFailed.sum, dropped: 0 },
      handlingMillis: this.#times.summary,
    }
  }

  #fail(error: unknown): void {
    this.#failed++
    this.#recentlyFailed.add(1)
    this.#failures.add(error)
  }
}
