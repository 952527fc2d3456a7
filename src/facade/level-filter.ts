import { describe } from '../common/settings.js'
import { type Level, levelOption, rankOf } from './level.js'
import { type NamePattern, type NameTest, nameTest, patternOption } from './name-pattern.js'

/** The minimum level of the scopes that match a pattern. */
export type NsLevel = readonly [ns: NamePattern, level: Level]

/** A minimum level; or one for each pattern of scopes, of which the first that matches counts. */
export type MinLevel = Level | readonly NsLevel[]

/** The levels from which records are let through: by scope, the first pattern that matches, and else one for all. */
export class LevelFilter {
  /** What holds where no pattern matches; `undefined` lets every level through there. */
  readonly minLevel: Level | undefined
  readonly nsLevels: readonly NsLevel[]
  readonly #ranks: readonly (readonly [test: NameTest, rank: number])[]

  constructor(minLevel: Level | undefined, nsLevels: readonly NsLevel[] = []) {
    this.minLevel = minLevel
    this.nsLevels = Object.freeze(nsLevels.map(([ns, level]): NsLevel => Object.freeze([ns, level])))
    this.#ranks = nsLevels.map(([ns, level]) => [nameTest(ns), rankOf(level)])
  }

  /** The rank from which records of a scope are let through. */
  rankFor(ns: string): number {
    const [, rank] = this.#ranks.find(([test]) => test(ns)) ?? []
    if (rank !== undefined) return rank
    return this.minLevel === undefined ? Number.NEGATIVE_INFINITY : rankOf(this.minLevel)
  }

  /** The same with another level where no pattern matches. */
  withMinLevel(minLevel: Level): LevelFilter {
    return new LevelFilter(minLevel, this.nsLevels)
  }

  /** The same with a level for a pattern. It comes first, so that it holds; what the pattern had before goes. */
  withNsLevel(ns: NamePattern, level: Level): LevelFilter {
    const others = this.nsLevels.filter(
      ([other]) => String(other) !== String(ns) || typeof other !== typeof ns,
    )
    return new LevelFilter(this.minLevel, [[ns, level], ...others])
  }
}

/**
 * @param fallback what holds where no pattern of a list matches.
 * @throws TypeError or RangeError if it is none.
 */
export function minLevelOption(value: unknown, option: string, fallback?: Level): LevelFilter {
  if (!Array.isArray(value)) return new LevelFilter(levelOption(value, option))
  const entries: readonly unknown[] = value
  return new LevelFilter(
    fallback,
    entries.map((entry) => nsLevelOption(entry, option)),
  )
}

function nsLevelOption(value: unknown, option: string): NsLevel {
  const isPair = Array.isArray(value) && value.length === 2
  if (!isPair) {
    throw new TypeError(
      `${option} must be a level, or an array of pairs such as [['app.*', 'debug']], got ${describe(value)} in it`,
    )
  }
  const [ns, level]: readonly unknown[] = value
  return [patternOption(ns, `the pattern in ${option}`), levelOption(level, `the level in ${option}`)]
}
