import type { Clock } from '../common/clock.js'
import type { DrainSettings } from './drain.js'
import type { RecordQueue } from './record-queue.js'

/**
 * Decides when a batch is due: when it is full, when its oldest record has waited for the scheduled delay, or when
 * somebody urges. Then it calls `run` in a turn of the event loop of its own, once, however many records come meanwhile.
 */
export class BatchSchedule {
  readonly #queue: RecordQueue
  readonly #settings: DrainSettings
  readonly #clock: Clock
  readonly #run: () => void
  /** Records before this one are due. */
  #dueBefore = 0
  #turnComes = false
  #cancelDelay: (() => void) | undefined
  #stopped = false

  constructor(queue: RecordQueue, settings: DrainSettings, clock: Clock, run: () => void) {
    this.#queue = queue
    this.#settings = settings
    this.#clock = clock
    this.#run = run
  }

  /** Whether a batch should go now. */
  get isDue(): boolean {
    return (
      this.#queue.size >= this.#settings.maxExportBatchSize ||
      (this.#queue.size > 0 && this.#queue.first < this.#dueBefore)
    )
  }

  /** Sees to it that what is queued goes in time. `ready`: whether a batch could go at once, were it due. */
  arrange(ready: boolean): void {
    if (this.#stopped || this.#queue.size === 0) return
    if (this.isDue) {
      if (ready) this.#soon()
    } else {
      this.#cancelDelay ??= this.#clock.after(this.#settings.scheduledDelayMillis, () => {
        this.#cancelDelay = undefined
        this.urge(this.#queue.next)
      })
    }
  }

  /** Makes everything before `mark` due. */
  urge(mark: number): void {
    this.#dueBefore = Math.max(this.#dueBefore, mark)
    this.#soon()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelDelay?.()
    this.#cancelDelay = undefined
  }

  #soon(): void {
    if (this.#turnComes || this.#stopped) return
    this.#turnComes = true
    this.#clock.nextTurn(() => {
      this.#turnComes = false
      if (!this.#stopped) this.#run()
    })
  }
}
