import { types } from 'node:util'
import { typeOf } from './exception-attributes.js'

/**
 * What a call was given, or what the function given in its place returns. Never throws: a function that does leaves a
 * text that says so, and so does one that returns a promise, which no record can wait for.
 *
 * @param what it is, as the text names it.
 */
export function evaluated(given: unknown, what: string): unknown {
  if (typeof given !== 'function') return given
  try {
    const value: unknown = given()
    if (!types.isPromise(value)) return value
    // Nobody else has it, so nobody else can say what becomes of its failure.
    value.catch(() => undefined)
    return `[the ${what} function returned a promise]`
  } catch (error) {
    return `[the ${what} function threw ${typeOf(error) ?? typeof error}]`
  }
}
