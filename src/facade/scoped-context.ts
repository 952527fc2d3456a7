import { AsyncLocalStorage } from 'node:async_hooks'
import type { Attributes } from '../common/any-value.js'
import { addMissing, dataAttributes } from './data-attributes.js'
import { callOrValue } from './run.js'

/**
 * Attributes that records get beside their own data: those of the root, which every record gets, and over them those of
 * the scope that the call is made in. A scope has what it adds and what the scopes around it have; it ends with its
 * function, or with the promise that the function returns, and other asynchronous work does not see it.
 *
 * The look-up of a scope costs, for the process and for each record: there is none before there was a first scope.
 */
export class ScopedContext {
  #root: Attributes | undefined
  #scopes: AsyncLocalStorage<Attributes> | undefined

  /** Adds to the attributes of a record that is made now what they do not have yet. */
  addTo(attributes: Attributes): void {
    addMissing(attributes, this.#scopes?.getStore())
    addMissing(attributes, this.#root)
  }

  /** Replaces the root. The data is copied. */
  setRoot(data: unknown): void {
    this.#root = data === undefined || data === null ? undefined : dataAttributes(data)
  }

  /** Runs a function in a scope with this data, which is copied. What the function returns or throws passes through. */
  run<T>(data: unknown, fn: () => T): T
  run(data: unknown, fn: unknown): unknown {
    this.#scopes ??= new AsyncLocalStorage()
    return this.#scopes.run({ ...this.#scopes.getStore(), ...dataAttributes(data) }, () => callOrValue(fn))
  }
}
