import { systemClock } from '../common/clock.js'
import { processWide } from '../common/process-wide.js'

/** What takes part in the end of the process. */
export interface ExitParticipant {
  /** The most time that the end of the process may wait for it, in milliseconds. */
  readonly exitTimeoutMillis: number
  /** Begins to deliver what is pending, because the event loop ran empty, and holds it open meanwhile. */
  flushBeforeExit(): void
  /** Delivers what it can while the process waits, at most so long, and tells what is lost. */
  drainAtExit(timeoutMillis: number): void
}

/**
 * The one place of a process that listens for its end, for all participants, with one deadline for all of them. It
 * listens only while there are any.
 */
class ExitCoordinator {
  readonly #participants = new Set<ExitParticipant>()
  readonly #beforeExit = () => this.#flush()
  readonly #exit = () => this.#drain()

  add(participant: ExitParticipant): void {
    if (this.#participants.size === 0) {
      process.on('beforeExit', this.#beforeExit)
      process.on('exit', this.#exit)
    }
    this.#participants.add(participant)
  }

  remove(participant: ExitParticipant): void {
    this.#participants.delete(participant)
    if (this.#participants.size > 0) return
    process.off('beforeExit', this.#beforeExit)
    process.off('exit', this.#exit)
  }

  #flush(): void {
    for (const participant of this.#participants) participant.flushBeforeExit()
  }

  #drain(): void {
    const start = systemClock.now()
    for (const participant of this.#participants) {
      const elapsed = systemClock.now() - start
      participant.drainAtExit(Math.max(0, participant.exitTimeoutMillis - elapsed))
    }
  }
}

export const exitCoordinator = processWide('exit-coordinator/1', () => new ExitCoordinator())
