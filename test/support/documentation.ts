import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './code-blocks.js'

/** A name that is declared, or a member of one, and whether there is a doc comment for it. */
export interface Declared {
  readonly name: string
  readonly isDocumented: boolean
}

/** Where a name that the package exports is declared. */
export interface Export {
  readonly name: string
  /** The file of declarations, relative to the built package. */
  readonly file: string
}

const DIST = join(ROOT, 'dist')

/** All names that the package exports, as its declarations have them. */
export function exportedNames(): Export[] {
  const index = readFileSync(join(DIST, 'index.d.ts'), 'utf8')
  return [...index.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']*)\.js';$/gm)].flatMap(
    ([, names = '', file = '']) =>
      [...names.matchAll(/(?:type )?(\w+)/g)].map(([, name = '']) => ({ name, file: `${file}.d.ts` })),
  )
}

/** What is declared at the top of a file, by name. Of overloads, one with a comment is enough. */
export function declarations(file: string): Map<string, Declared> {
  return byName(readFileSync(join(DIST, file), 'utf8'), '')
}

/** The members of an interface or class; none of those of a file's other declarations. */
export function members(file: string, name: string): Map<string, Declared> {
  const source = readFileSync(join(DIST, file), 'utf8')
  const [, body = ''] =
    new RegExp(
      `^export (?:declare )?(?:abstract )?(?:interface|class) ${name}\\b[^{]*\\{\\n(.*?)^\\}`,
      'ms',
    ).exec(source) ?? []
  return byName(body, '    ')
}

/** The declarations at one depth of indentation: a name at the start of a line, and a comment that ends in the line before. */
function byName(source: string, indentation: string): Map<string, Declared> {
  const declared = new Map<string, Declared>()
  const lines = source.split('\n')
  for (const [at, line] of lines.entries()) {
    const [, name] =
      new RegExp(
        `^${indentation}(?:(?:export|declare|abstract|readonly|static|get|interface|class|type|const|function) )*(\\w+)\\b`,
      ).exec(line) ?? []
    if (name === undefined || name === 'import') continue
    const isDocumented = lines[at - 1]?.trimEnd().endsWith('*/') ?? false
    declared.set(name, { name, isDocumented: isDocumented || declared.get(name)?.isDocumented === true })
  }
  return declared
}
