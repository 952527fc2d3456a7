import type { Clock } from '../common/clock.js'

/**
 * How long a handler took, in milliseconds: half of the times were at most `p50`, nine of ten at most `p90`, and so on.
 * Percentiles are at most 9 % more than the time they stand for. All are 0 as long as there is none.
 */
export interface HandlingMillis {
  /** The median. */
  readonly p50: number
  /** The 90th percentile. */
  readonly p90: number
  /** The 99th percentile. */
  readonly p99: number
  /** The longest of all, exactly. */
  readonly max: number
}

/** The upper edges of buckets grow by an eighth of a power of two: by 9 %. */
const BUCKETS_PER_DOUBLING = 8
/** The first bucket ends at 1 µs. */
const FIRST_EDGE_MILLIS = 0.001
/** The last one begins at over an hour. */
const BUCKETS = 32 * BUCKETS_PER_DOUBLING

/** How long a handler took: a histogram of a fixed size, whose buckets grow as their times do. */
export class HandlingTimes {
  readonly #clock: Clock
  readonly #buckets = new Float64Array(BUCKETS)
  #count = 0
  #max = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns what `end` wants to know. */
  start(): number {
    return this.#clock.now()
  }

  end(start: number): void {
    this.add(this.#clock.now() - start)
  }

  add(millis: number): void {
    const bucket = bucketOf(millis)
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#count++
    this.#max = Math.max(this.#max, millis)
  }

  get summary(): HandlingMillis {
    return {
      p50: this.#percentile(0.5),
      p90: this.#percentile(0.9),
      p99: this.#percentile(0.99),
      max: this.#max,
    }
  }

  #percentile(part: number): number {
    let left = Math.ceil(part * this.#count)
    if (left === 0) return 0
    const bucket = this.#buckets.findIndex((count) => {
      left -= count
      return left <= 0
    })
    return bucket === BUCKETS - 1 ? this.#max : Math.min(upperEdge(bucket), this.#max)
  }
}

function bucketOf(millis: number): number {
  // Times of 0 are -Infinity here.
  const bucket = Math.ceil(BUCKETS_PER_DOUBLING * Math.log2(millis / FIRST_EDGE_MILLIS))
  return Math.min(Math.max(bucket, 0), BUCKETS - 1)
}

function upperEdge(bucket: number): number {
  return FIRST_EDGE_MILLIS * 2 ** (bucket / BUCKETS_PER_DOUBLING)
}
