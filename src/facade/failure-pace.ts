/** Adds failures up, and says at most once an interval how many there were: the first one at once. */
export class FailurePace {
  readonly #intervalMillis: number
  #untold = 0
  #quietUntil = Number.NEGATIVE_INFINITY

  /** @param intervalMillis in milliseconds */
  constructor(intervalMillis: number) {
    this.#intervalMillis = intervalMillis
  }

  /**
   * Whoever is told next is told by the caller: what that leads to may fail, and come back here, in turn.
   *
   * @returns how many failures there were since the last answer; `undefined` while it is too soon to tell.
   */
  add(failures: number, now: number): number | undefined {
    this.#untold += failures
    if (now < this.#quietUntil) return undefined
    this.#quietUntil = now + this.#intervalMillis
    const untold = this.#untold
    this.#untold = 0
    return untold
  }
}
