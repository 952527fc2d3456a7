import { diag } from '@opentelemetry/api'

/**
 * How every setting comes about: the option if it is given, else the environment variable, else the default. A wrong
 * option throws, since it is a mistake in the program; a wrong variable warns and is ignored, since it is not.
 */
export interface NumberRule {
  /** The option's name, as it is told to its user. */
  readonly option: string
  readonly min: number
  readonly max: number
  /** Whether fractions are allowed; no by default. */
  readonly fractions?: boolean
}

/** The longest time a timer takes, in milliseconds. */
export const MAX_MILLIS = 2 ** 31 - 1

/**
 * @returns the value, if it obeys the rule.
 * @throws TypeError if it is not a number; RangeError if it is none that is allowed.
 */
export function numberOption(value: unknown, rule: NumberRule): number {
  if (typeof value !== 'number') {
    throw new TypeError(`${rule.option} must be a number, got ${describe(value)}: give ${allowed(rule)}`)
  }
  if (!obeys(value, rule)) {
    throw new RangeError(`${rule.option} must be ${allowed(rule)}, got ${value}`)
  }
  return value
}

/** A number from an environment variable; `undefined`, with a warning if there is cause, unless it obeys the rule. */
export function numberFromEnv(variable: string, rule: NumberRule): number | undefined {
  const text = textFromEnv(variable)
  if (text === undefined) return undefined
  const value = Number(text)
  if (obeys(value, rule)) return value
  diag.warn(`otel-sluice: ${variable} must be ${allowed(rule)}, got "${text}": the default is used`)
  return undefined
}

/** @throws TypeError if the value is none of the choices. */
export function choiceOption<T extends string>(value: unknown, option: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined) {
    throw new TypeError(`${option} must be ${listed(choices)}, got ${describe(value)}`)
  }
  return choice
}

/** A choice from an environment variable; `undefined`, with a warning if there is cause, unless it is one of them. */
export function choiceFromEnv<T extends string>(variable: string, choices: readonly T[]): T | undefined {
  const text = textFromEnv(variable)
  if (text === undefined) return undefined
  const choice = choices.find((candidate) => candidate === text.toLowerCase())
  if (choice === undefined) {
    diag.warn(`otel-sluice: ${variable} must be ${listed(choices)}, got "${text}": the default is used`)
  }
  return choice
}

/** @throws TypeError if the value is not a boolean. */
export function booleanOption(value: unknown, option: string): boolean {
  if (typeof value !== 'boolean') {
    throw new TypeError(`${option} must be true or false, got ${describe(value)}`)
  }
  return value
}

/** @throws TypeError if the value is not a string, or is empty. */
export function textOption(value: unknown, option: string): string {
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`${option} must be a string that is not empty, got ${describe(value)}`)
  }
  return value
}

/** @throws TypeError if the value is not a function. */
export function functionOption<T>(value: T, option: string): T {
  if (typeof value !== 'function') {
    throw new TypeError(`${option} must be a function, got ${describe(value)}`)
  }
  return value
}

/** @throws TypeError if the value is no object. */
export function objectOption<T>(value: T, option: string, allowed = 'an object'): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${option} must be ${allowed}, got ${describe(value)}`)
  }
  return value
}

/** A value as an error message shows it: what it is, never what an object holds. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null || typeof value !== 'object')
    return typeof value === 'function' ? 'a function' : String(value)
  return Array.isArray(value) ? 'an array' : 'an object'
}

/** An environment variable without the blanks around it; `undefined` if it is not set, or empty. */
export function textFromEnv(variable: string): string | undefined {
  const text = process.env[variable]?.trim()
  return text === '' ? undefined : text
}

function obeys(value: number, rule: NumberRule): boolean {
  return value >= rule.min && value <= rule.max && (rule.fractions === true || Number.isInteger(value))
}

function allowed(rule: NumberRule): string {
  return `${rule.fractions === true ? 'a number' : 'a whole number'} from ${rule.min} to ${rule.max}`
}

function listed(choices: readonly string[]): string {
  return `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`
}
