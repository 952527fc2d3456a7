/** Time as the library sees it: a parameter wherever time decides something, so that tests turn it by hand. */
export interface Clock {
  /** Milliseconds on a clock that never goes backwards; only differences mean anything. */
  now(): number
  /**
   * Calls back once, `millis` from now; the function it returns calls that off. It does not hold the event loop open:
   * a finished process ends, whatever timers are pending.
   */
  after(millis: number, callback: () => void): () => void
  /** The same, but it holds the event loop open: for what the application waits for, up to a deadline. */
  deadline(millis: number, callback: () => void): () => void
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
  deadline(millis, callback) {
    const timer = setTimeout(callback, millis)
    return () => clearTimeout(timer)
  },
  nextTurn(callback) {
    // Referenced: a loop that is about to sleep does not run unreferenced immediates, and this lasts one turn.
    setImmediate(callback)
  },
}
