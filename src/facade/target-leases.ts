/** The use of one exporter or processor by one handler. */
export interface TargetLease {
  /** Ends the use. @returns whether it was the last one, so that the target may be shut down. */
  end(): boolean
}

/**
 * Counts which exporters and processors of the application's are in use. One may be used by several handlers, and by
 * two for a while when its handler is added anew with other options: it is shut down with the last of them.
 */
export class TargetLeases {
  readonly #uses = new WeakMap<object, number>()

  begin(target: object): TargetLease {
    this.#uses.set(target, this.#count(target) + 1)
    let isHeld = true
    return {
      end: () => {
        if (isHeld) this.#uses.set(target, this.#count(target) - 1)
        isHeld = false
        return this.#count(target) === 0
      },
    }
  }

  #count(target: object): number {
    return this.#uses.get(target) ?? 0
  }
}
