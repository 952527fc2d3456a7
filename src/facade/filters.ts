import { BoundedMemory } from './bounded-memory.js'
import { Gate } from './gate.js'
import type { Level } from './level.js'
import { LevelFilter, type NsLevel } from './level-filter.js'
import type { CompiledNameFilter, NameFilterSettings } from './name-filter.js'
import type { NamePattern } from './name-pattern.js'
import { RecordFilter, type RecordFilterParts } from './record-filter.js'

/** What every record has to pass, before the filters of each handler. */
export interface FilterSettings {
  /** The level from which records are let through where no pattern of `nsLevels` matches. */
  readonly minLevel: Level
  /** The levels by scope, the last one that was set first: the first that matches counts. */
  readonly nsLevels: readonly NsLevel[]
  /** The scopes that are let through. Absent: all. */
  readonly ns?: NameFilterSettings
  /** The event names that are let through. Absent: all, and records without one. */
  readonly id?: NameFilterSettings
}

export const DEFAULT_MIN_LEVEL: Level = 'info'

/** The filters of a telemetry, compiled. */
export interface FilterParts extends RecordFilterParts {
  readonly levels: LevelFilter
}

/** The filters of a telemetry, which can be changed at any time, and its switch. */
export class Filters {
  /**
   * What decides now; `undefined` while telemetry is disabled. It is another object after every change, so that who
   * keeps what it says can tell.
   */
  current: RecordFilter | undefined
  #parts: FilterParts
  readonly #gates = new BoundedMemory((ns) => new Gate(this, ns))

  constructor(isEnabled: boolean, parts: FilterParts) {
    this.#parts = parts
    this.isEnabled = isEnabled
  }

  /** The first check for the calls of a scope. */
  gate(ns: string): Gate {
    return this.#gates.of(ns)
  }

  get isEnabled(): boolean {
    return this.current !== undefined
  }

  set isEnabled(isEnabled: boolean) {
    this.current = isEnabled ? new RecordFilter(this.#parts) : undefined
  }

  get minLevel(): Level {
    return this.#parts.levels.minLevel ?? DEFAULT_MIN_LEVEL
  }

  get settings(): FilterSettings {
    const { levels, ns, id } = this.#parts
    return Object.freeze({
      minLevel: this.minLevel,
      nsLevels: levels.nsLevels,
      ...(ns && { ns: ns.settings }),
      ...(id && { id: id.settings }),
    })
  }

  setMinLevel(level: Level): void {
    this.#change({ levels: this.#parts.levels.withMinLevel(level) })
  }

  setNsLevel(ns: NamePattern, level: Level): void {
    this.#change({ levels: this.#parts.levels.withNsLevel(ns, level) })
  }

  setNsFilter(ns: CompiledNameFilter | undefined): void {
    this.#change({ ns })
  }

  setIdFilter(id: CompiledNameFilter | undefined): void {
    this.#change({ id })
  }

  /** Nothing is left but the default minimum level. */
  clear(): void {
    this.#change({ levels: new LevelFilter(DEFAULT_MIN_LEVEL), ns: undefined, id: undefined })
  }

  #change(changed: Partial<FilterParts>): void {
    this.#parts = { ...this.#parts, ...changed }
    // Compiles them, or leaves that to the time when telemetry is enabled again.
    this.isEnabled = this.current !== undefined
  }
}
