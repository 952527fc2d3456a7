import type { LineFormat, LineStyle } from './line-format.js'

/** What is to be known of a stream; a terminal has both. */
interface MaybeTerminal {
  readonly isTTY?: boolean
  hasColors?(count: number, env: NodeJS.ProcessEnv): boolean
}

/** What stands before Node's own rules (`FORCE_COLOR`, `TERM`, …): colours never go into a pipe or a file. */
export function styleOn(stream: MaybeTerminal, format: LineFormat, env: NodeJS.ProcessEnv): LineStyle {
  if (format !== 'readable' || stream.isTTY !== true || env.NO_COLOR) return format
  // Eight of them are used. A terminal of fewer has none, to Node.
  return stream.hasColors?.(8, env) === true ? 'colored' : format
}
