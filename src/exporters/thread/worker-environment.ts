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

/** Exported for its tests. Values may be quoted, and quotes escaped, as Node has it. */
export function stripPreloads(options: string): string {
  const words = options.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g) ?? []
  const kept: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const name = word.split('=', 1)[0] ?? ''
    if (!PRELOADS.has(name)) kept.push(word)
    else if (name === word) i++
  }
  return kept.join(' ')
}
