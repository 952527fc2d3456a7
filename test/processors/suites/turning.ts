import type { ManualClock } from '../../support/manual-clock.js'

/** What `promise` comes to, while the event loop turns and no time passes. It must not need time to settle. */
export function whileTurning<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  return whilePassing(clock, promise, 0)
}

/** What `promise` comes to within `millis` of the clock, which passes only as far as the promise needs. */
export async function whilePassing<T>(clock: ManualClock, promise: Promise<T>, millis: number): Promise<T> {
  const end = clock.now() + millis
  let isSettled = false
  const settle = () => {
    isSettled = true
  }
  promise.then(settle, settle)
  await clock.settle()
  while (!isSettled && clock.now() < end) await clock.advance(Math.min(1_000, end - clock.now()))
  if (!isSettled) throw new Error(`not settled after ${millis} ms`)
  return promise
}
