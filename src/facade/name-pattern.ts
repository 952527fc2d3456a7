import { types } from 'node:util'
import { describe } from '../common/settings.js'

/**
 * Which names are meant: a text in which `*` stands for any characters, none included, and everything else, also `.`,
 * for itself; or a regular expression, which finds its match anywhere in the name unless it says otherwise.
 */
export type NamePattern = string | RegExp

/** Whether a name matches. */
export type NameTest = (name: string) => boolean

/** @throws TypeError if it is no pattern. */
export function patternOption(value: unknown, option: string): NamePattern {
  if (isPattern(value)) return value
  throw new TypeError(
    `${option} must be a text (with * for any characters) or a RegExp, got ${describe(value)}`,
  )
}

export function isPattern(value: unknown): value is NamePattern {
  return typeof value === 'string' || types.isRegExp(value)
}

export function nameTest(pattern: NamePattern): NameTest {
  return typeof pattern === 'string' ? textTest(pattern) : expressionTest(pattern)
}

/**
 * Looks for the pieces between the wildcards one after the other, each at the first place where it is found: a later
 * place leaves less room for what follows. So nothing is ever tried again, and the time is linear in the name's length.
 */
function textTest(pattern: string): NameTest {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop()
  if (last === undefined) return (name) => name === pattern
  const between = others.filter((piece) => piece !== '')
  return (name) => {
    const end = name.length - last.length
    if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false
    let position = first.length
    for (const piece of between) {
      const found = name.indexOf(piece, position)
      if (found < 0) return false
      position = found + piece.length
    }
    return position <= end
  }
}

/** With an expression of our own, which begins anew with each name: one with `g` or `y` remembers where it was. */
function expressionTest({ source, flags }: RegExp): NameTest {
  const expression = new RegExp(source, flags)
  return (name) => {
    expression.lastIndex = 0
    return expression.test(name)
  }
}
