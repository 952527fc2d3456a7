import type { Clock } from '../common/clock.js'
import { SUPERVISION_MILLIS } from '../exporters/thread/export-thread.js'
import type { SharedAccounts } from '../exporters/thread/shared-accounts.js'
import type { Ledger } from './ledger.js'
import type { RecordContexts } from './record-contexts.js'

/**
 * How this thread waits for the export thread: asleep, without a turn of its event loop, and never beyond a deadline. A
 * stalled export thread holds the service up once, not once a record: after a wait for room that was in vain, others
 * are refused at once until records move again. A thread that dies meanwhile is replaced, since its end cannot be heard.
 */
export class ExportThreadWait {
  readonly #accounts: SharedAccounts
  readonly #ledger: Ledger
  readonly #timeoutMillis: number
  readonly #clock: Clock
  readonly #contexts: RecordContexts
  readonly #supervise: () => void
  /** How often records had moved when a wait was in vain. */
  #gaveUpAt: number | undefined

  /**
   * @param timeoutMillis how long a wait for room may take.
   * @param contexts what the records need to be exported.
   * @param supervise looks after the thread during a wait.
   */
  constructor(
    accounts: SharedAccounts,
    ledger: Ledger,
    timeoutMillis: number,
    clock: Clock,
    contexts: RecordContexts,
    supervise: () => void,
  ) {
    this.#supervise = supervise
    this.#accounts = accounts
    this.#ledger = ledger
    this.#timeoutMillis = timeoutMillis
    this.#clock = clock
    this.#contexts = contexts
  }

  /**
   * Waits until the export thread has moved enough of what is before `mark`, which need not wait for a schedule;
   * `false` if that took too long.
   */
  for(isEnough: () => boolean, mark: number): boolean {
    if (this.#gaveUpAt !== undefined && this.#gaveUpAt === this.#accounts.moves) return false
    const start = this.#clock.now()
    const inVainAt = this.#sleep(isEnough, mark, start + this.#timeoutMillis)
    if (inVainAt !== undefined) this.#gaveUpAt = inVainAt
    this.#ledger.blockedMillis += this.#clock.now() - start
    return isEnough()
  }

  /** The same, up to a deadline of the caller's, and whatever came of waits before. */
  until(deadline: number, isEnough: () => boolean, mark: number): void {
    this.#sleep(isEnough, mark, deadline)
  }

  /** What is before `mark` goes as soon as it can, as it is: somebody waits, or will. */
  urge(mark: number): void {
    this.#contexts.settleNow()
    // A queue may be full of fewer records than a batch has: by their bytes, or by what is kept for severe ones.
    this.#accounts.urge(mark)
  }

  /** @returns how often records had moved when the time was over; nothing if they have moved enough. */
  #sleep(isEnough: () => boolean, mark: number, deadline: number): number | undefined {
    this.urge(mark)
    for (;;) {
      const { moves } = this.#accounts
      if (isEnough()) return undefined
      const timeLeft = deadline - this.#clock.now()
      if (timeLeft <= 0) return moves
      if (!this.#accounts.waitUntilMoved(moves, Math.min(timeLeft, SUPERVISION_MILLIS))) this.#supervise()
    }
  }
}
