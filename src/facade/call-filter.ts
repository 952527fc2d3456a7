import { diag } from '@opentelemetry/api'
import type { Clock } from '../common/clock.js'
import type { Random } from '../common/random.js'
import { describe } from '../common/settings.js'
import { isYes } from './condition.js'
import type { FailureReport } from './failure-report.js'
import { isLimit, type Limit, RateLimit } from './rate-limit.js'
import { isSampled, isSampleRate } from './sample.js'

/** What a single call is narrowed with, beside the filters of the telemetry. */
export interface CallFilterOptions {
  /** The part of such calls that is logged, from 0 to 1. It multiplies with that of handlers. Default: 1. */
  readonly sample?: number
  /** Whether it is logged, or a function that says so, called if everything cheaper has let the call through. */
  readonly when?: boolean | (() => boolean)
  /** How many such calls are logged. Calls of the same `ns`, `id` and limit are counted together. */
  readonly limit?: Limit
}

/** What a call is, to its limit. */
export interface LimitedCall {
  readonly ns: string
  readonly id: unknown
}

/** The most limits that are kept. Beyond, the one that was not used for longest is forgotten: it begins anew. */
const MAX_LIMITS = 1_024

/**
 * The part of a call's filters that its own options are: sample, then `when`, then limit, which is last because it
 * counts. It never throws: a wrong option of a call lets the call through, and is told once.
 */
export class CallFilter {
  readonly #clock: Clock
  readonly #random: Random
  readonly #failures: FailureReport
  readonly #limits = new Map<string, RateLimit>()
  #hasToldOfWrongOption = false

  /** @param failures is told when a `when` throws. */
  constructor(clock: Clock, failures: FailureReport, random: Random = Math.random) {
    this.#clock = clock
    this.#failures = failures
    this.#random = random
  }

  /**
   * Whether the call is logged. It draws the sample and counts for the limit, so it is asked once a call, after all
   * other filters.
   *
   * @returns the rate to be put on the record with `withSampleRate`; `undefined` if the call is not logged.
   */
  admit(call: LimitedCall, options: CallFilterOptions): number | undefined {
    const sample = this.#valid(options.sample, 'sample', 'a number from 0 to 1', isSampleRate) ?? 1
    if (!isSampled(sample, this.#random)) return undefined
    if (!this.#holds(options.when)) return undefined
    const limit = this.#valid(options.limit, 'limit', 'an array of windows such as [[5, 60000]]', isLimit)
    if (limit !== undefined && !this.#limit(call, limit).take(this.#clock.now())) return undefined
    return sample
  }

  #holds(given: unknown): boolean {
    const when = this.#valid(given, 'when', 'true, false or a function', isCondition) ?? true
    if (typeof when === 'boolean') return when
    try {
      return isYes(when())
    } catch (error) {
      this.#failures.add(error)
      return false
    }
  }

  #limit({ ns, id }: LimitedCall, limit: Limit): RateLimit {
    const key = JSON.stringify([ns, typeof id === 'string' ? id : '', limit])
    const known = this.#limits.get(key)
    const rateLimit = known ?? new RateLimit(limit)
    // A Map keeps the order of insertion: the first one is the one that was not used for longest.
    this.#limits.delete(key)
    this.#limits.set(key, rateLimit)
    const oldest = this.#limits.size > MAX_LIMITS ? this.#limits.keys().next().value : undefined
    if (oldest !== undefined) this.#limits.delete(oldest)
    return rateLimit
  }

  #valid<T>(
    value: unknown,
    option: string,
    allowed: string,
    isValid: (value: unknown) => value is T,
  ): T | undefined {
    if (value === undefined || isValid(value)) return value
    if (!this.#hasToldOfWrongOption) {
      this.#hasToldOfWrongOption = true
      diag.warn(
        `otel-sluice: ${option} of a call must be ${allowed}, got ${describe(value)}: calls are logged without it`,
      )
    }
    return undefined
  }
}

function isCondition(value: unknown): value is boolean | (() => unknown) {
  return typeof value === 'boolean' || typeof value === 'function'
}
