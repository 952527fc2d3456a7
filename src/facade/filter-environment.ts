import { diag } from '@opentelemetry/api'
import { choiceFromEnv, textFromEnv } from '../common/settings.js'
import { type Level, levelOption } from './level.js'
import { LevelFilter, type NsLevel } from './level-filter.js'
import { type CompiledNameFilter, nameFilterOption } from './name-filter.js'

const BOOLEANS = ['true', 'false'] as const

/** `OTEL_SLUICE_ENABLED`: `true` or `false`. */
export function enabledFromEnv(): boolean | undefined {
  const choice = choiceFromEnv('OTEL_SLUICE_ENABLED', BOOLEANS)
  return choice === undefined ? undefined : choice === 'true'
}

/** `OTEL_SLUICE_MIN_LEVEL`: a level; or several, with the scopes before: `app.db.*=debug,app.*=warn,info`. */
export function minLevelFromEnv(fallback: Level): LevelFilter | undefined {
  const allowed = "a level such as 'info', or a list such as 'app.*=debug,info'"
  return parsed('OTEL_SLUICE_MIN_LEVEL', allowed, (items) => {
    const levels = items.filter((item) => !item.includes('='))
    if (levels.length > 1) throw new RangeError('there are two levels for all other scopes')
    const [minLevel = fallback] = levels.map(levelOf)
    return new LevelFilter(minLevel, items.filter((item) => item.includes('=')).map(nsLevel))
  })
}

/** `OTEL_SLUICE_NS_FILTER`: patterns; those with a `-` before are not let through: `app.*,-app.noisy`. */
export function nsFilterFromEnv(): CompiledNameFilter | undefined {
  return nameFilterFromEnv('OTEL_SLUICE_NS_FILTER')
}

/** `OTEL_SLUICE_ID_FILTER`: the same for event names. */
export function idFilterFromEnv(): CompiledNameFilter | undefined {
  return nameFilterFromEnv('OTEL_SLUICE_ID_FILTER')
}

function nameFilterFromEnv(variable: string): CompiledNameFilter | undefined {
  return parsed(variable, "a list of patterns such as 'app.*,-app.noisy'", (items) => {
    const allow = items.filter((item) => !item.startsWith('-'))
    const disallow = items.filter((item) => item.startsWith('-')).map((item) => item.slice(1))
    if (disallow.includes('')) throw new RangeError('a pattern is missing')
    return nameFilterOption(
      { ...(allow.length > 0 && { allow }), ...(disallow.length > 0 && { disallow }) },
      variable,
    )
  })
}

/** `undefined`, with a warning, for what cannot be parsed: a wrong variable is ignored, all of it. */
function parsed<T>(variable: string, allowed: string, parse: (items: string[]) => T): T | undefined {
  const text = textFromEnv(variable)
  if (text === undefined) return undefined
  const items = text.split(',').map((item) => item.trim())
  try {
    return parse(items.filter((item) => item !== ''))
  } catch {
    diag.warn(`otel-sluice: ${variable} must be ${allowed}, got "${text}": the default is used`)
    return undefined
  }
}

function nsLevel(item: string): NsLevel {
  const middle = item.lastIndexOf('=')
  const ns = item.slice(0, middle).trim()
  if (ns === '') throw new RangeError('a pattern is missing')
  return [ns, levelOf(item.slice(middle + 1).trim())]
}

/** @throws TypeError or RangeError if the text is no level. */
function levelOf(text: string): Level {
  const level: unknown = /^\d+$/.test(text) ? Number(text) : text.toLowerCase()
  return levelOption(level, 'level')
}
