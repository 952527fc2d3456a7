import { diag } from '@opentelemetry/api'
import type { Clock } from '../common/clock.js'
import { writeToStderr } from '../common/stderr.js'
import { runInExportScope } from '../exporters/export-scope.js'
import { typeOf } from './exception-attributes.js'

/** Least time between two reports about the same thing, in milliseconds. */
const INTERVAL_MILLIS = 60_000

/**
 * Tells that something of the application's fails: through `diag`, and in a line on stderr, since nobody listens to
 * `diag` by default. The first failure at once, later ones at most once a minute, with their number.
 *
 * An error's message is not told: it may quote the record.
 */
export class FailureReport {
  readonly #what: string
  readonly #clock: Clock
  readonly #writeLine: (line: string) => void
  #unreported = 0
  #quietUntil = Number.NEGATIVE_INFINITY

  /** @param what fails, as the report names it */
  constructor(what: string, clock: Clock, writeLine: (line: string) => void = writeToStderr) {
    this.#what = what
    this.#clock = clock
    this.#writeLine = writeLine
  }

  /** Never throws, whatever `error` is, and whatever the application's diag logger does. */
  add(error: unknown, failures = 1): void {
    this.#unreported += failures
    const now = this.#clock.now()
    if (now < this.#quietUntil) return
    // Before anything is told: what a diag logger logs may fail in turn.
    this.#quietUntil = now + INTERVAL_MILLIS
    const times = this.#unreported === 1 ? '' : ` ${this.#unreported} times`
    this.#unreported = 0
    this.#tell(`otel-sluice: ${this.#what} failed${times}, last with ${summaryOf(error)}`)
  }

  #tell(line: string): void {
    try {
      runInExportScope(() => diag.error(line))
    } catch {
      // The application's diag logger failed; the other line is left.
    }
    try {
      this.#writeLine(`${line}\n`)
    } catch {
      // stderr is closed or full: there is nowhere left to say so.
    }
  }
}

/** What kind of error it is and where it was thrown, without what it says. */
function summaryOf(error: unknown): string {
  const type = typeOf(error) ?? `a thrown ${error === null ? 'null' : typeof error}`
  const code = codeOf(error)
  return code === undefined ? type : `${type} (${code})`
}

function codeOf(error: unknown): string | undefined {
  try {
    if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
    const { code } = error
    return typeof code === 'number' || (typeof code === 'string' && /^\w{1,40}$/.test(code))
      ? String(code)
      : undefined
  } catch {
    return undefined
  }
}
