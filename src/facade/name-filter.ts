import { types } from 'node:util'
import { describe } from '../common/settings.js'
import { BoundedMemory } from './bounded-memory.js'
import { isPattern, type NamePattern, type NameTest, nameTest } from './name-pattern.js'

/** A pattern, or several, of which one has to match. */
export type NamePatterns = NamePattern | readonly NamePattern[] | ReadonlySet<NamePattern>

/**
 * Which names are let through: those that match a pattern; or with `allow` and `disallow`, either of which may be left
 * out, those that are allowed and not disallowed.
 */
export type NameFilter =
  | NamePatterns
  | { readonly allow?: NamePatterns | undefined; readonly disallow?: NamePatterns | undefined }

/** A name filter as it is told back. */
export interface NameFilterSettings {
  /** Names that are let through; absent: all that are not disallowed. */
  readonly allow?: readonly NamePattern[]
  /** Names that are not, whatever else allows them; absent: none. */
  readonly disallow?: readonly NamePattern[]
}

/** A name filter, compiled. It never changes, so it knows names again. */
export class CompiledNameFilter {
  readonly settings: NameFilterSettings
  readonly #allow: readonly NameTest[] | undefined
  readonly #disallow: readonly NameTest[]
  readonly #verdicts = new BoundedMemory((name) => this.#judge(name))

  constructor(settings: NameFilterSettings) {
    this.settings = Object.freeze(settings)
    this.#allow = settings.allow?.map(nameTest)
    this.#disallow = settings.disallow?.map(nameTest) ?? []
  }

  /** @param name empty for a record that has none */
  allows(name: string): boolean {
    return this.#verdicts.of(name)
  }

  #judge(name: string): boolean {
    const matches = (test: NameTest) => test(name)
    return (this.#allow?.some(matches) ?? true) && !this.#disallow.some(matches)
  }
}

/** `undefined` for `undefined`, which filters nothing. @throws TypeError or RangeError if it is no name filter. */
export function optionalNameFilter(value: unknown, option: string): CompiledNameFilter | undefined {
  return value === undefined ? undefined : nameFilterOption(value, option)
}

/** @throws TypeError or RangeError if it is none. */
export function nameFilterOption(value: unknown, option: string): CompiledNameFilter {
  const patterns = patternsOf(value, option)
  if (patterns !== undefined) return new CompiledNameFilter({ allow: notEmpty(patterns, option) })
  if (typeof value !== 'object' || value === null) throw new TypeError(wrongFilter(option, value))
  const { allow, disallow, ...others } = { allow: undefined, disallow: undefined, ...value }
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw new TypeError(`${option} has no ${JSON.stringify(unknown)}: give allow, disallow or both`)
  }
  if (allow === undefined && disallow === undefined) throw new TypeError(wrongFilter(option, value))
  return new CompiledNameFilter({
    ...(allow !== undefined && { allow: notEmpty(partOf(allow, `${option}.allow`), `${option}.allow`) }),
    ...(disallow !== undefined && { disallow: partOf(disallow, `${option}.disallow`) }),
  })
}

function partOf(value: unknown, option: string): readonly NamePattern[] {
  const patterns = patternsOf(value, option)
  if (patterns !== undefined) return patterns
  throw new TypeError(`${option} must be a pattern, or an array or a Set of them, got ${describe(value)}`)
}

/** The patterns of what may hold some; `undefined` for what is neither one nor a list of them. */
function patternsOf(value: unknown, option: string): readonly NamePattern[] | undefined {
  if (isPattern(value)) return [value]
  if (!Array.isArray(value) && !types.isSet(value)) return undefined
  return Object.freeze(
    Array.from<unknown, NamePattern>(value, (pattern) => {
      if (isPattern(pattern)) return pattern
      throw new TypeError(
        `${option} must hold texts (with * for any characters) and RegExps only, got ${describe(pattern)}`,
      )
    }),
  )
}

/** A list that allows nothing is a mistake: there are plainer ways to say that, and it would silence everything. */
function notEmpty(patterns: readonly NamePattern[], option: string): readonly NamePattern[] {
  if (patterns.length > 0) return patterns
  throw new RangeError(`${option} must have a pattern, got none: leave it out to allow all names`)
}

function wrongFilter(option: string, value: unknown): string {
  return (
    `${option} must be a pattern, an array or a Set of them, or { allow, disallow } with one or both, got ` +
    describe(value)
  )
}
