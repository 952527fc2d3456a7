import { diag } from '@opentelemetry/api'
import type { Clock } from '../common/clock.js'
import { isThenable } from '../common/thenable.js'
import { runInExportScope } from '../exporters/export-scope.js'
import type { Ledger } from './ledger.js'
import type { DropReason } from './queue-stats.js'
import { type RecentLoss, RecentLosses } from './recent-loss.js'

/** Loss of one reason since the last report. */
export interface Loss {
  /** Why they were dropped. */
  readonly reason: DropReason
  /** Records dropped since the last call for this reason. */
  readonly count: number
  /** Records dropped for this reason so far. */
  readonly total: number
}

/** How often an episode of loss is looked at, and `onDrop` is called at the most for each reason, in milliseconds. */
export const REPORT_MILLIS = 1_000

/** How many looks in a row must find nothing lost for an episode to be over. */
export const QUIET_LOOKS = 5

/** The reasons that make or prolong an episode. After shutdown there is nothing to recover, so no episode either. */
const EPISODE_REASONS = ['queue_full', 'evicted', 'block_timeout', 'record_too_large', 'invalid'] as const

type Counts = Readonly<Record<(typeof EPISODE_REASONS)[number] | 'failed', number>>

/**
 * Tells of loss (specification, "performance": a warning when loss starts and when it is over). An episode starts with
 * a loss and ends when none has come for a while; each is told once at its start and once, with the counts, at its end.
 *
 * It reads the ledger instead of counting: a loss costs its caller the look at one field.
 */
export class LossReporter {
  readonly #name: string
  readonly #ledger: Ledger
  readonly #failed: () => number
  readonly #clock: Clock
  readonly #onDrop: ((loss: Loss) => void) | undefined
  readonly #recent: RecentLosses
  #episode: Episode | undefined
  #episodes = 0
  #toldLate = false

  /** @param failed how many records have failed so far. */
  constructor(
    name: string,
    ledger: Ledger,
    failed: () => number,
    clock: Clock,
    onDrop: ((loss: Loss) => void) | undefined,
  ) {
    this.#name = name
    this.#ledger = ledger
    this.#failed = failed
    this.#clock = clock
    this.#onDrop = onDrop
    this.#recent = new RecentLosses(clock)
  }

  /** Episodes of loss so far. */
  get episodes(): number {
    return this.#episodes
  }

  /** What was lost of late. An episode is looked at once a second, so each loss is known to the second. */
  recent(): RecentLoss {
    this.#see()
    return this.#recent.counts
  }

  /** To be called after every loss that the ledger counted. `before`: its counts were `count` less. */
  noticed(reason: DropReason | 'failed', count: number, error?: unknown): void {
    if (this.#episode !== undefined) return
    if (reason === 'already_shutdown') {
      this.#tellLate()
      return
    }
    const counts = this.#counts()
    const before = { ...counts, [reason]: counts[reason] - count }
    const episode = new Episode(before, `${reason}${errorKind(error)}`, this.#clock.now())
    this.#episode = episode
    this.#episodes++
    // Not from inside the call that emitted the record: what is told runs code of the application.
    this.#clock.nextTurn(() => {
      if (this.#episode === episode) this.#look(episode)
    })
  }

  /** Ends the episode there is, if any, because nobody will look again. */
  stop(): void {
    const episode = this.#episode
    if (episode === undefined) return
    episode.cancelLook()
    this.#tell(episode)
    this.#end(episode)
  }

  #look(episode: Episode): void {
    this.#see()
    this.#tell(episode)
    if (episode.isQuiet(this.#counts())) this.#end(episode)
    else episode.cancelLook = this.#clock.after(REPORT_MILLIS, () => this.#look(episode))
  }

  #end(episode: Episode): void {
    this.#episode = undefined
    const counts = this.#counts()
    const lost = [...EPISODE_REASONS, 'failed' as const]
      .map((reason) => ({ reason, count: counts[reason] - episode.before[reason] }))
      .filter(({ count }) => count > 0)
    const total = lost.reduce((sum, { count }) => sum + count, 0)
    const seconds = Math.round((this.#clock.now() - episode.start) / 1_000)
    const details = lost.map(({ reason, count }) => `${reason}: ${count}`).join(', ')
    this.#warn(`lost ${total} log records in an episode of ${seconds} s that is over now (${details})`)
  }

  #tell(episode: Episode): void {
    if (!episode.isTold) {
      episode.isTold = true
      this.#warn(`is losing log records (${episode.cause})`)
    }
    const onDrop = this.#onDrop
    if (onDrop === undefined) return
    for (const reason of EPISODE_REASONS) {
      const total = this.#ledger.dropped[reason]
      const count = total - episode.told[reason]
      if (count === 0) continue
      episode.told[reason] = total
      try {
        const returned: unknown = runInExportScope(() => onDrop({ reason, count, total }))
        if (isThenable(returned)) returned.then(undefined, () => undefined)
      } catch {
        // The application's own callback failed; there is nobody left to tell.
      }
    }
  }

  #tellLate(): void {
    if (this.#toldLate) return
    this.#toldLate = true
    this.#clock.nextTurn(() =>
      this.#warn('got a log record after shutdown; it and those to come are dropped'),
    )
  }

  #see(): void {
    const { failed, ...dropped } = this.#counts()
    this.#recent.see({ failed, dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0) })
  }

  #counts(): Counts {
    const { queue_full, evicted, block_timeout, record_too_large, invalid } = this.#ledger.dropped
    return { queue_full, evicted, block_timeout, record_too_large, invalid, failed: this.#failed() }
  }

  #warn(what: string): void {
    try {
      runInExportScope(() => diag.warn(`otel-sluice: ${this.#name} ${what}`))
    } catch {
      // A diagnostic logger of the application's that throws.
    }
  }
}

/** One episode: what began it, the counts before it, those told to `onDrop`, and how long nothing was lost. */
class Episode {
  readonly before: Counts
  readonly cause: string
  readonly start: number
  isTold = false
  readonly told: Record<keyof Counts, number>
  cancelLook: () => void = () => undefined
  #lastSeen: Counts | undefined
  #quietLooks = 0

  constructor(before: Counts, cause: string, start: number) {
    this.before = before
    this.cause = cause
    this.start = start
    this.told = { ...before }
  }

  /** One more look at the counts: whether they have stood still long enough. */
  isQuiet(counts: Counts): boolean {
    const last = this.#lastSeen
    const moved =
      last === undefined ||
      [...EPISODE_REASONS, 'failed' as const].some((reason) => counts[reason] !== last[reason])
    this.#quietLooks = moved ? 0 : this.#quietLooks + 1
    this.#lastSeen = counts
    return this.#quietLooks >= QUIET_LOOKS
  }
}

/**
 * What kind of error made an export fail: its name and code. Its message may quote what was being exported. Never
 * throws: the error comes from foreign code.
 */
function errorKind(error: unknown): string {
  if (typeof error === 'string') return `: ${error}`
  try {
    if (!(error instanceof Error)) return ''
    const code =
      'code' in error && (typeof error.code === 'string' || typeof error.code === 'number')
        ? ` ${error.code}`
        : ''
    return `: ${error.name}${code}`
  } catch {
    return ''
  }
}
