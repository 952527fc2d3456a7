import type { Filters } from './filters.js'
import type { RecordFilter } from './record-filter.js'

/**
 * The first check of every call in one scope, and for most calls the last: one comparison. It keeps what the filters
 * say of its scope until they are others.
 */
export class Gate {
  readonly #filters: Filters
  readonly #ns: string
  /** What the fields below were read from; `undefined` if that was that telemetry is disabled. */
  #read: RecordFilter | undefined
  #scopeThreshold = Number.POSITIVE_INFINITY
  #threshold = Number.POSITIVE_INFINITY

  constructor(filters: Filters, ns: string) {
    this.#filters = filters
    this.#ns = ns
    this.#readFilters()
  }

  get isEnabled(): boolean {
    return this.#filters.current !== undefined
  }

  /** The rank that a call without an id needs to go on. Infinite if none does. */
  get threshold(): number {
    if (this.#filters.current !== this.#read) this.#readFilters()
    return this.#threshold
  }

  /** Whether a call goes on that may have an id. One that is no text is looked at when it is on the record. */
  allows(rank: number, id: unknown): boolean {
    if (id === undefined) return rank >= this.threshold
    if (this.#filters.current !== this.#read) this.#readFilters()
    if (rank < this.#scopeThreshold) return false
    return typeof id !== 'string' || this.#read?.allowsId(id) === true
  }

  /** The gate of another scope. */
  of(ns: string): Gate {
    return ns === this.#ns ? this : this.#filters.gate(ns)
  }

  #readFilters(): void {
    const current = this.#filters.current
    this.#read = current
    this.#scopeThreshold = current?.threshold(this.#ns) ?? Number.POSITIVE_INFINITY
    this.#threshold = current?.allowsId('') === true ? this.#scopeThreshold : Number.POSITIVE_INFINITY
  }
}
