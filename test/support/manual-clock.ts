import type { Clock } from '#src/common/clock.js'

/** A clock that stands still until a test turns it. Nothing runs but from inside `turn`, `advance` and `settle`. */
export class ManualClock implements Clock {
  #now = 0
  #turns: (() => void)[] = []
  readonly #timers = new Set<{ readonly due: number; readonly callback: () => void }>()
  readonly #others: (() => Promise<void>)[] = []

  now(): number {
    return this.#now
  }

  after(millis: number, callback: () => void): () => void {
    const timer = { due: this.#now + millis, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  deadline(millis: number, callback: () => void): () => void {
    return this.after(millis, callback)
  }

  nextTurn(callback: () => void): void {
    this.#turns.push(callback)
  }

  /** What goes on by itself until nothing does is given its time in every turn: another thread, or what stands for it. */
  alsoSettle(other: () => Promise<void>): void {
    this.#others.push(other)
  }

  /** Timers that are set: what a component has not let go of. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /** Time passes while somebody waits without giving the event loop its turn: no timer fires. */
  pass(millis: number): void {
    this.#now += millis
  }

  /** One turn of the event loop: what was put off to the next turn runs, and promises settle. */
  async turn(): Promise<void> {
    const turns = this.#turns
    this.#turns = []
    for (const callback of turns) callback()
    await this.#settlePromises()
  }

  /** Turns until nothing is put off any more. */
  async settle(): Promise<void> {
    await this.#settlePromises()
    while (this.#turns.length > 0) await this.turn()
  }

  /** Lets time pass; each timer fires at its time, and the event loop settles after each. */
  async advance(millis: number): Promise<void> {
    const end = this.#now + millis
    await this.settle()
    for (;;) {
      const [next] = [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.due)
      next.callback()
      await this.settle()
    }
    this.#now = Math.max(this.#now, end)
    // Their time is this clock's, but not their timers.
    if (this.#others.length > 0) await this.settle()
  }

  async #settlePromises(): Promise<void> {
    await settlePromises()
    for (const settle of this.#others) {
      await settle()
      await settlePromises()
    }
  }
}

/** Resolves when all promises that can settle by themselves have; a real turn of the event loop, so no timer is involved. */
async function settlePromises(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
}
