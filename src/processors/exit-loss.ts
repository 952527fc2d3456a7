import { writeToStderr } from '../common/stderr.js'

/** How many records one processor could not deliver before the process ended. */
export interface LossAtExit {
  readonly name: string
  readonly records: number
}

/** Says on stderr, in one line, what the end of the process costs: `diag` is silent by default. */
export function reportLossAtExit(losses: readonly LossAtExit[]): void {
  const lost = losses.filter(({ records }) => records > 0)
  const total = lost.reduce((sum, { records }) => sum + records, 0)
  if (total === 0) return
  const names = lost
    .map(({ name, records }) => (lost.length === 1 ? name : `${name} (${records})`))
    .join(', ')
  const what = total === 1 ? '1 log record was' : `${total} log records were`
  writeToStderr(`otel-sluice: ${names}: the process ended before ${what} delivered\n`)
}
