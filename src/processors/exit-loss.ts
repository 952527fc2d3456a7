import { writeSync } from 'node:fs'

const STDERR = 2

/** Says on stderr, where it is seen even though `diag` is silent by default, that the end of the process cost records. */
export function reportLossAtExit(name: string, lost: number): void {
  if (lost === 0) return
  try {
    writeSync(
      STDERR,
      `otel-sluice: ${name}: the process ended before ${lost} log ${lost === 1 ? 'record was' : 'records were'} delivered\n`,
    )
  } catch {
    // stderr is closed or full: nobody is left to tell.
  }
}
