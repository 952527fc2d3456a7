import type { Clock } from '../common/clock.js'

/** How far back the recent past goes, in seconds. */
export const RECENT_SECONDS = 60

/** Records that were lost in the last 60 seconds; to the second. */
export interface RecentLoss {
  /** Records the exporter or the receiver failed to take. */
  readonly failed: number
  /** Records dropped, whatever the reason; those that came after shutdown are left out. */
  readonly dropped: number
}

/**
 * What was counted in the last 60 seconds: a ring with one count for each of them. A second's count is begun anew when
 * something is added in it, so one that nothing was added in may hold an old count; it is told by its second.
 */
export class RecentCount {
  readonly #clock: Clock
  readonly #seconds = new Float64Array(RECENT_SECONDS).fill(Number.NEGATIVE_INFINITY)
  readonly #counts = new Float64Array(RECENT_SECONDS)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(count: number): void {
    const second = this.#now()
    const at = second % RECENT_SECONDS
    if (this.#seconds[at] !== second) {
      this.#seconds[at] = second
      this.#counts[at] = 0
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + count
  }

  get sum(): number {
    const oldest = this.#now() - RECENT_SECONDS
    return this.#counts.reduce(
      (sum, count, at) => ((this.#seconds[at] ?? oldest) > oldest ? sum + count : sum),
      0,
    )
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1_000)
  }
}

/** The part of a processor's counts that is new, for whoever looks at them when some are, and when they are asked for. */
export class RecentLosses {
  readonly #failed: RecentCount
  readonly #dropped: RecentCount
  #seen: RecentLoss = { failed: 0, dropped: 0 }

  constructor(clock: Clock) {
    this.#failed = new RecentCount(clock)
    this.#dropped = new RecentCount(clock)
  }

  /** @param counts all that was lost so far: what was not seen before was lost now. */
  see(counts: RecentLoss): void {
    if (counts.failed !== this.#seen.failed) this.#failed.add(counts.failed - this.#seen.failed)
    if (counts.dropped !== this.#seen.dropped) this.#dropped.add(counts.dropped - this.#seen.dropped)
    this.#seen = counts
  }

  get counts(): RecentLoss {
    return { failed: this.#failed.sum, dropped: this.#dropped.sum }
  }
}
