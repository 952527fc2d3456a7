import { type Clock, systemClock } from '../common/clock.js'
import { processWide } from '../common/process-wide.js'
import type { EndingProcess } from './ending-process.js'
import { reportLossAtExit } from './exit-loss.js'
import { ExitSignals } from './exit-signals.js'

/** What takes part in the end of the process, and has a time that the end may wait for it in all. */
export interface ExitParticipant {
  /** As it is called when it has lost records. */
  readonly name: string
  /** Whether the process is to wait, too, when a signal would end it that nobody listens for. */
  readonly wantsSignals: boolean
  /** Begins to deliver what is pending, because the event loop ran empty, and holds it open meanwhile. */
  flushBeforeExit(): void
  /** Delivers what is pending while the event loop runs; resolves when that is done or the time over. Never rejects. */
  flush(): Promise<void>
  /** Begins to deliver what is pending, as far as another thread does it. */
  urge(): void
  /**
   * Delivers what it can while the process waits.
   *
   * @param waitedMillis how much of its time has passed while the process waited for others.
   * @returns how many records are lost.
   */
  drain(waitedMillis: number): number
}

/**
 * The one place of a process that listens for its end, for all participants. They all deliver at the same time: the end
 * takes as long as the slowest. It listens only while there are any, and for signals only while one of them wants it.
 */
export class ExitCoordinator {
  readonly #process: EndingProcess
  readonly #clock: Clock
  readonly #signals: ExitSignals
  readonly #participants = new Set<ExitParticipant>()
  readonly #beforeExit = () => this.#flushBeforeExit()
  readonly #exit = () => this.#drain()

  constructor(endingProcess: EndingProcess = process, clock: Clock = systemClock) {
    this.#process = endingProcess
    this.#clock = clock
    const flush = () => Promise.all([...this.#participants].map((participant) => participant.flush()))
    this.#signals = new ExitSignals(endingProcess, { flush, drain: this.#exit }, clock)
  }

  add(participant: ExitParticipant): void {
    if (this.#participants.size === 0) {
      this.#process.on('beforeExit', this.#beforeExit)
      this.#process.on('exit', this.#exit)
    }
    this.#participants.add(participant)
    if (participant.wantsSignals) this.#signals.listen()
  }

  remove(participant: ExitParticipant): void {
    this.#participants.delete(participant)
    if (![...this.#participants].some(({ wantsSignals }) => wantsSignals)) this.#signals.stop()
    if (this.#participants.size > 0) return
    this.#process.off('beforeExit', this.#beforeExit)
    this.#process.off('exit', this.#exit)
  }

  #flushBeforeExit(): void {
    for (const participant of this.#participants) participant.flushBeforeExit()
  }

  #drain(): void {
    const start = this.#clock.now()
    for (const participant of this.#participants) participant.urge()
    const losses = [...this.#participants].map((participant) => ({
      name: participant.name,
      records: participant.drain(this.#clock.now() - start),
    }))
    reportLossAtExit(losses)
  }
}

export const exitCoordinator = processWide('exit-coordinator/1', () => new ExitCoordinator())
