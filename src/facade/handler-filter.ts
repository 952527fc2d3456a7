import { isDeepStrictEqual } from 'node:util'
import type { ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import type { Random } from '../common/random.js'
import { RecentCount } from '../processors/recent-loss.js'
import { ChangedLogRecord } from './changed-log-record.js'
import { isYes } from './condition.js'
import type { FailureReport } from './failure-report.js'
import type { HandlerFilterSettings, ResolvedHandlerFilter } from './handler-filter-options.js'
import { RateLimit } from './rate-limit.js'
import type { RecordFilter } from './record-filter.js'
import type { RecordName } from './record-name.js'
import { isSampled, sampleRateOf, withSampleRate } from './sample.js'
import { signalOf } from './signal.js'
import { transformed } from './transform.js'

/** What became of the records that a handler's filters kept from it: they never reached its queue. */
export interface HandlerFilterCounts {
  /** Records kept from it by level, scope, event name or `when` so far, or for which its transform returned `null`. */
  readonly filtered: number
  /** Records not drawn for its sample so far. */
  readonly sampled: number
  /** Records beyond its limit so far. */
  readonly rateLimited: number
}

/**
 * The filters of one handler, and its transform: level, scope, event name, sample, `when`, limit, which is last because
 * it counts, and then the transform. They can only narrow what the telemetry lets through.
 */
export class HandlerFilter {
  #settings: HandlerFilterSettings = {}
  #names: RecordFilter | undefined
  /** Whether the names decide alone, as they do for most handlers. */
  #hasOnlyNames = true
  #limit: RateLimit | undefined
  readonly #clock: Clock
  readonly #random: Random
  readonly #failures: FailureReport
  /** Whether `when` or `transform` runs: what they log is kept from the handler, or they would be called for that too. */
  #isAsking = false
  #filtered = 0
  #sampled = 0
  #rateLimited = 0
  #failed = 0
  readonly #recentlyFailed: RecentCount

  /** @param failures is told when `when` or `transform` throws. */
  constructor(filter: ResolvedHandlerFilter, failures: FailureReport, clock: Clock, random: Random) {
    this.#failures = failures
    this.#clock = clock
    this.#recentlyFailed = new RecentCount(clock)
    this.#random = random
    this.change(filter)
  }

  get settings(): HandlerFilterSettings {
    return this.#settings
  }

  /** From here on it is another one. Counts go on, and so does a limit, if it is the same. */
  change(filter: ResolvedHandlerFilter): void {
    const { sample = 1, when, limit, transform } = filter.settings
    if (!isDeepStrictEqual(limit, this.#settings.limit)) this.#limit = limit && new RateLimit(limit)
    this.#settings = filter.settings
    this.#names = filter.names
    this.#hasOnlyNames = sample === 1 && !when && !limit && !transform
  }

  /** Whether the handler may get such a record: draws no lot, and counts nothing. */
  wants({ rank, ns, id }: RecordName): boolean {
    return this.#settings.sample !== 0 && (this.#names?.allows(rank, ns, id) ?? true)
  }

  /** @returns what the handler gets of a record: the same record if it is not changed; `undefined` if nothing. */
  admit(record: ReadWriteLogRecord, { rank, ns, id }: RecordName): ReadWriteLogRecord | undefined {
    if (this.#isAsking || this.#names?.allows(rank, ns, id) === false) {
      this.#filtered++
      return undefined
    }
    return this.#hasOnlyNames ? record : this.#admitSampled(record)
  }

  counts(): HandlerFilterCounts {
    return { filtered: this.#filtered, sampled: this.#sampled, rateLimited: this.#rateLimited }
  }

  /** Records that were lost because `when` or `transform` threw. */
  get failed(): number {
    return this.#failed
  }

  /** Those of the last 60 seconds. */
  get recentlyFailed(): number {
    return this.#recentlyFailed.sum
  }

  #admitSampled(record: ReadWriteLogRecord): ReadWriteLogRecord | undefined {
    const { sample = 1 } = this.#settings
    if (!isSampled(sample, this.#random)) {
      this.#sampled++
      return undefined
    }
    this.#isAsking = true
    try {
      return this.#admitExamined(record, sample)
    } catch (error) {
      this.#failed++
      this.#recentlyFailed.add(1)
      this.#failures.add(error)
      return undefined
    } finally {
      this.#isAsking = false
    }
  }

  /** @throws whatever `when` and `transform` throw */
  #admitExamined(record: ReadWriteLogRecord, sample: number): ReadWriteLogRecord | undefined {
    const { when, transform } = this.#settings
    const product = sampleRateOf(record.attributes) * sample
    if (when !== undefined && !isYes(when(signalOf(record, product)))) {
      this.#filtered++
      return undefined
    }
    if (this.#limit?.take(this.#clock.now()) === false) {
      this.#rateLimited++
      return undefined
    }
    if (transform === undefined) {
      return sample === 1 ? record : new ChangedLogRecord(record, withSampleRate(record.attributes, product))
    }
    const changed = transformed(record, transform, product)
    if (changed === undefined) this.#filtered++
    return changed
  }
}
