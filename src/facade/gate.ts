import { type Level, rankOf } from './level.js'

/** The first check of every call, and for most calls the last: one comparison. */
export class Gate {
  #isEnabled = true
  #minLevel: Level
  /** The rank a call needs to go on. Infinite while telemetry is disabled, so that no call does. */
  threshold: number

  constructor(minLevel: Level) {
    this.#minLevel = minLevel
    this.threshold = rankOf(minLevel)
  }

  get isEnabled(): boolean {
    return this.#isEnabled
  }

  set isEnabled(isEnabled: boolean) {
    this.#isEnabled = isEnabled
    this.#update()
  }

  get minLevel(): Level {
    return this.#minLevel
  }

  set minLevel(level: Level) {
    this.#minLevel = level
    this.#update()
  }

  #update(): void {
    this.threshold = this.#isEnabled ? rankOf(this.#minLevel) : Number.POSITIVE_INFINITY
  }
}
