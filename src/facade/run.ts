import { types } from 'node:util'
import { isThenable } from '../common/thenable.js'

/**
 * How a run ended. `pending` is the end of one that returned something to be awaited that is no plain promise, such as a
 * query that begins when its `then` is called: it is left to whoever called.
 */
export type RunEnd =
  | { readonly outcome: 'ok'; readonly result: unknown }
  | { readonly outcome: 'error'; readonly error: unknown }
  | { readonly outcome: 'pending' }

/**
 * Calls a function; what it returns or throws passes through. A value in its place counts as what it returned.
 *
 * A promise cannot be looked at without being marked as handled, which would hide from the process that nobody handles
 * its rejection. So for a plain promise the caller gets one that follows it, with the same value or reason, and that is
 * unhandled if the caller leaves it so. A promise that has more to it than that (of a derived class, or with properties
 * of its own) is passed through itself, since the other could not stand in for it.
 *
 * @param whenOver is called once, and must not throw.
 */
export function observeRun(fn: unknown, whenOver: (end: RunEnd) => void): unknown {
  const failed = (error: unknown): never => {
    whenOver({ outcome: 'error', error })
    throw error
  }
  const returned = (result: unknown): unknown => {
    whenOver({ outcome: 'ok', result })
    return result
  }
  let result: unknown
  try {
    result = callOrValue(fn)
  } catch (error) {
    return failed(error)
  }
  if (isPlainPromise(result)) return result.then(returned, failed)
  if (!isAwaitable(result)) return returned(result)
  whenOver({ outcome: 'pending' })
  return result
}

/** What the function returns; from JavaScript it may be a value. @throws what the function throws */
export function callOrValue(fn: unknown): unknown {
  return typeof fn === 'function' ? fn() : fn
}

/** Never throws. What cannot be looked at is no promise. */
export function isAwaitable(value: unknown): value is PromiseLike<unknown> {
  try {
    return isThenable(value)
  } catch {
    return false
  }
}

/** Also one of another realm: `Promise` is two steps below the end of its chain of prototypes there as well. */
function isPlainPromise(value: unknown): value is Promise<unknown> {
  if (!types.isPromise(value) || Object.getOwnPropertyNames(value).length > 0) return false
  const parent: unknown = Object.getPrototypeOf(Object.getPrototypeOf(value))
  return typeof parent === 'object' && parent !== null && Object.getPrototypeOf(parent) === null
}
