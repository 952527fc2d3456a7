import { describe, MAX_MILLIS } from '../common/settings.js'

/** How many records may pass in how many milliseconds: `[5, 60_000]`. */
export type LimitWindow = readonly [records: number, millis: number]

/** Several windows at once: `[[5, 60_000], [10, 900_000]]`. A record needs room in each. */
export type Limit = readonly LimitWindow[]

/** A window that is counted in. It begins with the first record after the last one's end. */
interface Count {
  readonly records: number
  readonly millis: number
  begun: number
  passed: number
}

/**
 * Lets so many records pass in so much time, for several windows at once.
 *
 * A record that has no room in one window takes none in the others. So each window holds at most its number of records
 * from its first record on, and between two windows there may be none: twice the number can meet at their border.
 */
export class RateLimit {
  readonly #counts: readonly Count[]

  constructor(limit: Limit) {
    this.#counts = limit.map(([records, millis]) => ({
      records,
      millis,
      begun: Number.NEGATIVE_INFINITY,
      passed: 0,
    }))
  }

  /** Whether a record may pass now; it counts if it may. @param now in milliseconds, never less than before */
  take(now: number): boolean {
    for (const count of this.#counts) {
      if (now - count.begun < count.millis && count.passed >= count.records) return false
    }
    for (const count of this.#counts) {
      if (now - count.begun >= count.millis) {
        count.begun = now
        count.passed = 0
      }
      count.passed++
    }
    return true
  }
}

/** @returns a copy. @throws TypeError or RangeError if it is none. */
export function limitOption(value: unknown, option: string): Limit {
  if (!Array.isArray(value)) throw new TypeError(wrongLimit(option, describe(value)))
  const windows: readonly unknown[] = value
  if (windows.length === 0) {
    throw new RangeError(`${option} must have a window, got an empty array: leave it out for no limit`)
  }
  return windows.map((window) => windowOption(window, option))
}

/** Whether it is a limit, without an exception. */
export function isLimit(value: unknown): value is Limit {
  return Array.isArray(value) && value.length > 0 && value.every(isWindow)
}

function windowOption(value: unknown, option: string): LimitWindow {
  if (isWindow(value)) return [value[0], value[1]]
  if (isPair(value) && value.every((part) => typeof part === 'number')) {
    throw new RangeError(wrongLimit(option, `[${value.join(', ')}]`))
  }
  throw new TypeError(wrongLimit(option, describe(value)))
}

function isWindow(value: unknown): value is LimitWindow {
  return isPair(value) && isCount(value[0], Number.MAX_SAFE_INTEGER) && isCount(value[1], MAX_MILLIS)
}

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2
}

function isCount(value: unknown, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max
}

function wrongLimit(option: string, got: string): string {
  return (
    `${option} must be an array of windows such as [[5, 60000]], each a whole number of records from 1 and of ` +
    `milliseconds from 1 to ${MAX_MILLIS}, got ${got}`
  )
}
