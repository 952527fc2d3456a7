/** Options of Node that load code before a program's own; some take their value after a space, some after `=`. */
const PRELOADS = new Set(['--import', '--require', '-r', '--loader', '--experimental-loader'])

/**
 * A process environment without the preloads in `NODE_OPTIONS`. A worker would load them once more, and one that uses
 * this library would start a worker in turn, and so on.
 */
export function withoutPreloads(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const options = environment.NODE_OPTIONS
  if (options === undefined) return { ...environment }
  return { ...environment, NODE_OPTIONS: stripPreloads(options) }
}

/**
 * What of `NODE_OPTIONS` is no preload. Exported for its tests. Any word may be in quotes, in whole or in part, with
 * quotes and backslashes escaped inside; names may have underscores for hyphens, as Node has it.
 */
export function stripPreloads(options: string): string {
  const words = options.match(/(?:[^ "]|"(?:[^"\\]|\\.)*")+/g) ?? []
  const kept: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const [name = '', value] = unquoted(word).split('=', 2)
    if (!PRELOADS.has(name.replaceAll('_', '-'))) kept.push(word)
    else if (value === undefined) i++
  }
  return kept.join(' ')
}

function unquoted(word: string): string {
  return word.replaceAll(/"((?:[^"\\]|\\.)*)"/g, (_, quoted: string) => quoted.replaceAll(/\\(.)/g, '$1'))
}
