/** The first pause before a request is sent again, and the longest one, in milliseconds. */
const FIRST_MILLIS = 500
const LONGEST_MILLIS = 10_000
/** By how much each pause is longer than the one before. */
const GROWTH = 1.7
/** Each pause is up to so much longer or shorter than it should be, so that clients that failed together part. */
const JITTER = 0.25
/** The longest that a receiver may ask to be left alone, in milliseconds. */
const LONGEST_RETRY_AFTER_MILLIS = 300_000
/** What all three forms of an HTTP date begin with, and their time of day (RFC 9110, 5.6.7). */
const HTTP_DATE = /^\s*(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? .*\d\d:\d\d:\d\d/

/**
 * How long to wait before a request is sent again (OTLP specification, "Retryable Response Codes"): exponentially
 * longer, with jitter; never shorter than the receiver asked for, which may be nothing at all.
 *
 * @param retries how often it was sent again already.
 * @param retryAfterMillis what the receiver asked for, if it did.
 * @param random a number from 0 to 1, 1 excluded.
 */
export function retryDelay(retries: number, retryAfterMillis: number | undefined, random: number): number {
  const pause = Math.min(LONGEST_MILLIS, FIRST_MILLIS * GROWTH ** retries)
  const jittered = pause * (1 - JITTER + 2 * JITTER * random)
  return Math.max(jittered, Math.min(retryAfterMillis ?? 0, LONGEST_RETRY_AFTER_MILLIS))
}

/**
 * A `Retry-After` header in milliseconds: seconds, or an HTTP date (RFC 9110, 10.2.3). `undefined` for neither.
 *
 * @param nowMillis the time of day, since 1970.
 */
export function parseRetryAfter(header: string | undefined, nowMillis: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1_000
  // `Date.parse` alone finds a date in nearly everything: 'busy 2099' would be one.
  const date = HTTP_DATE.test(header) ? Date.parse(header) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMillis)
}
