import { diag } from '@opentelemetry/api'
import type { Clock } from '../common/clock.js'
import { writeToStderr } from '../common/stderr.js'
import { runInExportScope } from '../exporters/export-scope.js'
import { causeOfFailure } from '../exporters/partial-export-error.js'
import type { HandlerFailure } from './error-handler.js'
import { typeOf } from './exception-attributes.js'
import { FailurePace } from './failure-pace.js'

/** Told of what fails, as far as that is to be told. */
export type FailureListener = (failure: Omit<HandlerFailure, 'handler'>, now: number) => void

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
  readonly #told: FailureListener | undefined
  readonly #pace = new FailurePace(INTERVAL_MILLIS)

  /**
   * @param what fails, as the report names it
   * @param told is told of every failure, and must not throw
   */
  constructor(
    what: string,
    clock: Clock,
    writeLine: (line: string) => void = writeToStderr,
    told?: FailureListener,
  ) {
    this.#what = what
    this.#clock = clock
    this.#writeLine = writeLine
    this.#told = told
  }

  /**
   * Never throws, whatever `error` is, and whatever the application's diag logger does.
   *
   * @param failures how many records; 0 for a failure that is none of a record.
   */
  add(error: unknown, failures = 1): void {
    const now = this.#clock.now()
    const cause = causeOfFailure(error)
    const [errorType, errorCode] = [kindOf(cause), codeOf(cause)]
    const untold = this.#pace.add(failures, now)
    if (untold !== undefined) {
      const times = untold <= 1 ? '' : ` ${untold} times`
      const summary = errorCode === undefined ? errorType : `${errorType} (${errorCode})`
      this.#tell(`otel-sluice: ${this.#what} failed${times}, last with ${summary}`)
    }
    this.#told?.({ failures, errorType, errorCode }, now)
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

/** What kind of error it is, without what it says. */
function kindOf(error: unknown): string {
  return typeOf(error) ?? `a thrown ${error === null ? 'null' : typeof error}`
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
