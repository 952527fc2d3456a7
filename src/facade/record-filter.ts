import { BoundedMemory } from './bounded-memory.js'
import type { LevelFilter } from './level-filter.js'
import type { CompiledNameFilter } from './name-filter.js'

/** What decides on a record by what it is called, and not by what is in it. Each part may be missing. */
export interface RecordFilterParts {
  readonly levels?: LevelFilter | undefined
  readonly ns?: CompiledNameFilter | undefined
  readonly id?: CompiledNameFilter | undefined
}

/** Decides on records by level, scope and event name. It never changes, draws no lots and counts nothing. */
export class RecordFilter {
  readonly parts: RecordFilterParts
  readonly #thresholds = new BoundedMemory((ns) => this.#threshold(ns))

  constructor(parts: RecordFilterParts) {
    this.parts = parts
  }

  /** The rank from which records of a scope are let through; infinite if none are. */
  threshold(ns: string): number {
    return this.#thresholds.of(ns)
  }

  /** @param id empty for a record that has none */
  allowsId(id: string): boolean {
    return this.parts.id?.allows(id) ?? true
  }

  /** @param rank infinite for a record without a severity: filters by level do not apply to it */
  allows(rank: number, ns: string, id: string): boolean {
    const threshold = this.threshold(ns)
    return rank >= threshold && threshold !== Number.POSITIVE_INFINITY && this.allowsId(id)
  }

  #threshold(ns: string): number {
    const isAllowed = this.parts.ns?.allows(ns) ?? true
    return isAllowed ? (this.parts.levels?.rankFor(ns) ?? Number.NEGATIVE_INFINITY) : Number.POSITIVE_INFINITY
  }
}
