import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository, seen from the compiled tests. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** A fenced block of a document. */
export interface CodeBlock {
  readonly document: string
  /** The line of the document it begins at. */
  readonly line: number
  readonly language: string
  readonly code: string
}

/** All fenced blocks of the documents that users and contributors read. */
export function documentedCode(): CodeBlock[] {
  const docs = readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)
  return ['README.md', 'CONTRIBUTING.md', ...docs]
    .filter((document) => document.endsWith('.md'))
    .flatMap((document) => codeBlocks(document))
}

/** All fenced blocks of one document, given by its path from the root. */
export function codeBlocks(document: string): CodeBlock[] {
  const text = readFileSync(join(ROOT, document), 'utf8')
  return [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(
    ({ 1: language = '', 2: code = '', index }) => ({
      document,
      line: text.slice(0, index).split('\n').length,
      language,
      code,
    }),
  )
}

/** Whether JavaScript is written as a CommonJS module. */
export function isCommonJs({ code }: Pick<CodeBlock, 'code'>): boolean {
  return code.includes('require(')
}
