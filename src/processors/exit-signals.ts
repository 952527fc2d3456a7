import { constants } from 'node:os'
import { type Clock, systemClock } from '../common/clock.js'
import type { EndingProcess } from './ending-process.js'

/** The signals that ask a process to end. */
function endingSignals(platform: NodeJS.Platform): readonly NodeJS.Signals[] {
  return ['SIGTERM', 'SIGINT', 'SIGHUP', ...(platform === 'win32' ? (['SIGBREAK'] as const) : [])]
}

/** What is to happen before a signal ends the process. */
export interface BeforeSignalEnds {
  /** While the event loop runs; has a deadline of its own, and never rejects. */
  flush(): Promise<unknown>
  /** Thereafter, and at once. */
  drain(): void
}

/**
 * Puts off the end of the process by a signal until what is queued is delivered. It then ends by that same signal.
 *
 * If the application listens for the signal, its end is the application's business. Ours must not show then: there are
 * libraries that end the process only if they find no listeners but their own. So ours comes first, and is gone while the
 * others are called. It has to come first, too, to see those that listen once: they are forgotten when they are called.
 */
export class ExitSignals {
  readonly #process: EndingProcess
  readonly #before: BeforeSignalEnds
  readonly #clock: Clock
  readonly #listeners = new Map<NodeJS.Signals, () => void>()

  constructor(process: EndingProcess, before: BeforeSignalEnds, clock: Clock = systemClock) {
    this.#process = process
    this.#before = before
    this.#clock = clock
  }

  listen(): void {
    if (this.#listeners.size > 0) return
    for (const signal of endingSignals(this.#process.platform)) {
      const listener = () => this.#received(signal)
      this.#listeners.set(signal, listener)
      this.#process.prependOnceListener(signal, listener)
    }
  }

  stop(): void {
    for (const [signal, listener] of this.#listeners) this.#process.off(signal, listener)
    this.#listeners.clear()
  }

  #received(signal: NodeJS.Signals): void {
    if (this.#isListenedFor(signal)) {
      this.#clock.nextTurn(() => this.#listenAgain(signal))
      return
    }
    // A second signal, also another one, ends the process at once.
    this.stop()
    void this.#end(signal)
  }

  #listenAgain(signal: NodeJS.Signals): void {
    const listener = this.#listeners.get(signal)
    if (listener !== undefined) this.#process.prependOnceListener(signal, listener)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    await this.#before.flush()
    const isEnd = !this.#isListenedFor(signal)
    if (isEnd && !this.#canRaise(signal)) {
      // Its listeners for `exit` drain.
      this.#process.exit(128 + constants.signals[signal])
      return
    }
    if (isEnd) this.#before.drain()
    this.#process.kill(this.#process.pid, signal)
  }

  #isListenedFor(signal: NodeJS.Signals): boolean {
    return this.#process.listenerCount(signal) > 0
  }

  /** The first process of a container or machine ignores what it does not listen for; Windows knows only two to raise. */
  #canRaise(signal: NodeJS.Signals): boolean {
    if (this.#process.platform === 'win32') return signal === 'SIGTERM' || signal === 'SIGINT'
    return this.#process.pid !== 1
  }
}
