import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How a program ended, and what it said. */
export interface ProgramEnd {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly millis: number
}

/** A bound for programs that should end by themselves: far more than they need on a busy machine. */
const GENEROUS_MILLIS = 15_000

/**
 * Runs a compiled program of the tests, and resolves when it has ended by itself.
 *
 * @param program its path, relative to the folder of the compiled tests.
 * @throws when it had to be killed because it did not end
 */
export function runProgram(program: string, ...args: string[]): Promise<ProgramEnd> {
  const path = fileURLToPath(new URL(`../${program}`, import.meta.url))
  const start = performance.now()
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [path, ...args],
      { timeout: GENEROUS_MILLIS, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => {
        const millis = performance.now() - start
        const { exitCode: status, signalCode: signal } = child
        if (child.killed) reject(new Error(`${program} did not end within ${GENEROUS_MILLIS} ms: ${stderr}`))
        else resolve({ status, signal, stdout, stderr, millis })
      },
    )
    child.stdin?.end()
  })
}
