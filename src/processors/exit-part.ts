import type { Clock } from '../common/clock.js'
import type { Channel } from './channel.js'
import type { ExitParticipant } from './exit-coordinator.js'
import type { LossReporter } from './loss-reporter.js'

/**
 * How often a normal end of the process is put off. Every flush has Node.js emit `beforeExit` once more: a program may
 * end in phases that each log something, but one that logs whenever it hears of its end has to end all the same.
 */
const MAX_FLUSHES_BEFORE_EXIT = 3

/** What a processor's part in the end of the process is told. */
export interface ExitPartSettings {
  readonly name: string
  readonly wantsSignals: boolean
  /** How long the end may wait for it in all, in milliseconds. */
  readonly exitTimeoutMillis: number
}

type EndingChannel = Pick<Channel, 'mark' | 'pendingBefore' | 'urge' | 'drainAtExit' | 'counts'>

/** The part that one processor has in the end of the process. */
export class ExitPart implements ExitParticipant {
  readonly name: string
  readonly wantsSignals: boolean
  readonly #channel: EndingChannel
  readonly #loss: Pick<LossReporter, 'stop'>
  readonly #clock: Clock
  readonly #flushWithin: (timeoutMillis: number) => Promise<void>
  /** What is left of the time that the end may wait: a flush and the drain after it share it. */
  #millisLeft: number
  #flushesLeft = MAX_FLUSHES_BEFORE_EXIT
  /** Records that had failed when the end began: what fails from then on is lost to it. */
  #failedBefore: number | undefined

  /** @param flushWithin delivers what was emitted so far; rejects if it could not within that time. */
  constructor(
    settings: ExitPartSettings,
    channel: EndingChannel,
    loss: Pick<LossReporter, 'stop'>,
    clock: Clock,
    flushWithin: (timeoutMillis: number) => Promise<void>,
  ) {
    this.name = settings.name
    this.wantsSignals = settings.wantsSignals
    this.#millisLeft = settings.exitTimeoutMillis
    this.#channel = channel
    this.#loss = loss
    this.#clock = clock
    this.#flushWithin = flushWithin
  }

  flushBeforeExit(): void {
    if (this.#flushesLeft === 0 || this.#channel.pendingBefore(this.#channel.mark) === 0) return
    this.#flushesLeft--
    const millisLeft = this.#millisLeft
    void this.#deliver().then((isDone) => {
      // Perhaps this was not the end: only a wait in vain is held against the next one.
      if (isDone) this.#millisLeft = millisLeft
      else this.#flushesLeft = 0
    })
  }

  async flush(): Promise<void> {
    await this.#deliver()
  }

  urge(): void {
    this.#begin()
    this.#channel.urge()
  }

  drain(waitedMillis: number): number {
    this.#spend(waitedMillis)
    const start = this.#clock.now()
    this.#channel.drainAtExit(this.#millisLeft)
    this.#spend(this.#clock.now() - start)
    this.#loss.stop()
    const { queueSize, inFlight, failed } = this.#channel.counts()
    return queueSize + inFlight + failed - this.#begin()
  }

  /** Whether everything left in time. */
  async #deliver(): Promise<boolean> {
    this.#begin()
    const start = this.#clock.now()
    try {
      await this.#flushWithin(this.#millisLeft)
      return true
    } catch {
      return false
    } finally {
      this.#spend(this.#clock.now() - start)
    }
  }

  /** How many records had failed when the end began. */
  #begin(): number {
    this.#failedBefore ??= this.#channel.counts().failed
    return this.#failedBefore
  }

  #spend(millis: number): void {
    this.#millisLeft = Math.max(0, this.#millisLeft - millis)
  }
}
