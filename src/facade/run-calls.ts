import type { Attributes } from '../common/any-value.js'
import type { Clock } from '../common/clock.js'
import type { EntryPoint } from './call-site.js'
import type { Gate } from './gate.js'
import { ERROR_RANK, type Level, rankOf } from './level.js'
import type { LogEmitter } from './log-emitter.js'
import { readable } from './readable.js'
import { callOrValue, isAwaitable, observeRun, type RunEnd } from './run.js'

/**
 * Runs a function, passes through what it returns or throws, and logs that it ran: with `id` as the event's name, at
 * level `info` however it ended, since whether that is wanted is decided before it runs. The record has the time at
 * which the run began, the attributes `sluice.run.duration` (seconds) and `sluice.run.outcome`, and those of the
 * exception if it failed; it belongs to the span that is active where the call is made. No span is made.
 *
 * If the function returns a promise, the run ends when that settles. What can be awaited but is no plain promise (a
 * query builder, a promise of a derived class) is passed through untouched, and the run ends there, as `pending`:
 * to await it may be what makes it begin. To log the whole of it, pass a function that awaits it.
 *
 * Never throws anything but what the function throws.
 */
export type Trace = <T>(id: string, fn: () => T) => T

/**
 * Runs a function, passes through what it returns or throws, and logs what that was: like `trace`, but at `level`,
 * without a name, and with the value in `sluice.run.result`.
 */
export type Spy = <T>(level: Level, fn: () => T) => T

/** What is left of a function's result when its errors are caught. */
export type Caught<T, F> = T extends PromiseLike<infer V> ? Promise<V | Awaited<F>> : T | F

/**
 * Runs a function and passes through what it returns. If it throws, or the promise it returns rejects, that is logged
 * at level `error` with `id` as the event's name, and `fallback` is returned instead: a value, or a function of the
 * error. Default: `undefined`.
 *
 * Never throws anything but what a `fallback` function throws.
 */
export type CatchToError = <T, F = undefined>(
  id: string,
  fn: () => T,
  fallback?: F | ((error: unknown) => F),
) => Caught<T, F>

/** The calls that run a function. */
export interface RunCalls {
  /** Runs a function, and logs that it ran. */
  readonly trace: Trace
  /** Runs a function, and logs what it returned or threw. */
  readonly spy: Spy
  /** Runs a function, and logs and catches what it throws. */
  readonly catchToError: CatchToError
}

/** `info`, and not `trace`, which is a level for details: that something ran is what one traces it for. */
const TRACE_LEVEL = 'info'

/** Makes the calls of one scope. When a run is not wanted, `trace` and `spy` do nothing but run it. */
export function createRunCalls(gate: Gate, emitter: LogEmitter, ns: string, clock: Clock): RunCalls {
  /** @param about what the record has beside how the run ended */
  function logged(
    fn: unknown,
    level: unknown,
    entry: EntryPoint,
    about: (end: RunEnd) => { id?: unknown; findings?: Attributes },
  ): unknown {
    const timestamp = Date.now()
    const began = clock.now()
    // Now, since the caller is no longer on the stack when a promise settles.
    const location = emitter.locate(level, entry)
    return observeRun(fn, (end) => {
      const duration = (clock.now() - began) / 1e3
      const { id, findings } = about(end)
      const call = {
        level,
        ns,
        timestamp,
        location,
        id,
        findings: { 'sluice.run.duration': duration, 'sluice.run.outcome': end.outcome, ...findings },
      }
      emitter.emit(end.outcome === 'error' ? { ...call, thrown: { error: end.error } } : call, entry)
    })
  }

  function trace<T>(id: string, fn: () => T): T
  function trace(id: unknown, fn: unknown): unknown {
    if (!gate.allows(rankOf(TRACE_LEVEL), id)) return callOrValue(fn)
    return logged(fn, TRACE_LEVEL, trace, () => ({ id }))
  }

  function spy<T>(level: Level, fn: () => T): T
  function spy(level: unknown, fn: unknown): unknown {
    if (rankOf(level) < gate.threshold) return callOrValue(fn)
    return logged(fn, level, spy, (end) =>
      end.outcome === 'ok' ? { findings: { 'sluice.run.result': readable(end.result) } } : {},
    )
  }

  function catchToError<T, F = undefined>(
    id: string,
    fn: () => T,
    fallback?: F | ((error: unknown) => F),
  ): Caught<T, F>
  function catchToError(id: unknown, fn: unknown, fallback?: unknown): unknown {
    const recover = (error: unknown, location = emitter.locate('error', catchToError)): unknown => {
      if (gate.allows(ERROR_RANK, id)) {
        emitter.emit({ level: 'error', ns, id, location, thrown: { error } }, catchToError)
      }
      return typeof fallback === 'function' ? fallback(error) : fallback
    }
    let result: unknown
    try {
      result = callOrValue(fn)
    } catch (error) {
      return recover(error)
    }
    if (!isAwaitable(result)) return result
    const location = emitter.locate('error', catchToError)
    return Promise.resolve(result).then(undefined, (error) => recover(error, location))
  }

  return { trace, spy, catchToError }
}
