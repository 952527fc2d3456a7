/**
 * Time as the library sees it. It is a parameter wherever time decides something, so that tests turn it by hand.
 *
 * Nothing here holds the event loop open: a finished process ends, whatever timers are pending.
 */
export interface Clock {
  /** Milliseconds on a clock that never goes backwards; only differences mean anything. */
  now(): number
  /** Calls back once, `millis` from now; the function it returns calls that off. */
  after(millis: number, callback: () => void): () => void
  /** Calls back once the current turn of the event loop is over: never from inside this call. */
  nextTurn(callback: () => void): void
}

/** The clock of the process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(millis, callback) {
    const timer = setTimeout(callback, millis).unref()
    return () => clearTimeout(timer)
  },
  nextTurn(callback) {
    setImmediate(callback).unref()
  },
}
