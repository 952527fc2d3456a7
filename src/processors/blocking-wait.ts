import type { Clock } from '../common/clock.js'
import type { Batch } from './departures.js'
import type { Ledger } from './ledger.js'
import type { SynchronousDrain } from './synchronous-drain.js'

/**
 * How the caller of a full blocking queue waits: it drains the queue itself. A stalled destination holds the service
 * up once, not once a record: after a wait that was in vain, others are refused at once until the same batch has left.
 */
export class BlockingWait {
  readonly #drain: SynchronousDrain
  readonly #ledger: Ledger
  readonly #timeoutMillis: number
  readonly #clock: Clock
  /** The batch that the last wait in vain was for. */
  #gaveUpOn: Batch | undefined

  constructor(drain: SynchronousDrain, ledger: Ledger, timeoutMillis: number, clock: Clock) {
    this.#drain = drain
    this.#ledger = ledger
    this.#timeoutMillis = timeoutMillis
    this.#clock = clock
  }

  /** Waits until there is room; `false` if that took too long. */
  for(hasRoom: () => boolean): boolean {
    const { unfinished } = this.#drain
    if (unfinished !== undefined && unfinished === this.#gaveUpOn) return false
    const start = this.#clock.now()
    const waited = () => this.#clock.now() - start
    while (!hasRoom()) {
      if (this.#drain.step(Math.max(0, this.#timeoutMillis - waited()))) continue
      this.#gaveUpOn = this.#drain.unfinished
      break
    }
    this.#ledger.blockedMillis += waited()
    return hasRoom()
  }
}
