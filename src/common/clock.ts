/** A timer that was started; given back to the clock to cancel it. */
export interface Timer {
  readonly unref?: () => unknown
}

/**
 * Time as the library sees it. It is a parameter wherever time decides something, so that tests turn it by hand.
 *
 * No timer of the library holds the event loop open: implementations start them unreferenced.
 */
export interface Clock {
  /** Milliseconds on a clock that never goes backwards; only differences mean anything. */
  now(): number
  /** Calls back once, `millis` from now, unless cancelled. */
  startTimer(callback: () => void, millis: number): Timer
  cancelTimer(timer: Timer): void
  /** Calls back once the current turn of the event loop is over: never from inside the call. */
  nextTurn(callback: () => void): void
}

/** The clock of the process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  startTimer(callback, millis) {
    return setTimeout(callback, millis).unref()
  },
  cancelTimer(timer) {
    clearTimeout(timer as NodeJS.Timeout)
  },
  nextTurn(callback) {
    setImmediate(callback).unref()
  },
}
