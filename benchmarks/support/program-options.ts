import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** What every benchmark can be told on its command line. */
export interface BenchmarkOptions {
  /** How often every subject is measured. */
  readonly rounds: number
  /** Multiplies how many records, or how long: 1 for figures, less to try something out. */
  readonly scale: number
}

/** Whether the module at this URL is the program that was started, not one that another imports. */
export function isProgram(moduleUrl: string): boolean {
  return process.argv[1] === fileURLToPath(moduleUrl)
}

/** `--rounds n`, `--scale x` and `--json path`. @throws for anything else */
export function programOptions(
  defaultRounds: number,
): BenchmarkOptions & { readonly json: string | undefined } {
  const { values } = parseArgs({
    options: { rounds: { type: 'string' }, scale: { type: 'string' }, json: { type: 'string' } },
  })
  return {
    rounds: positive('rounds', values.rounds ?? String(defaultRounds)),
    scale: positive('scale', values.scale ?? '1'),
    json: values.json,
  }
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new RangeError(`--${option} must be a number above 0, got ${text}`)
  return value
}
