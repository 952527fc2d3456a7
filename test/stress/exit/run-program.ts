import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Emitted, ExitProgram } from './program.js'

/** How such a program ended, and what it said. */
export interface EndedProgram extends Emitted {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly endMillis: number
  /** What the library said on stderr. */
  readonly ownLines: readonly string[]
  /** What else was said there, by Node.js for example. */
  readonly otherOutput: string
}

const PROGRAM = fileURLToPath(new URL('program.js', import.meta.url))
/** A bound for programs that should end by themselves. */
const GENEROUS_MILLIS = 60_000

/** Runs the program by a command that ends with a Node.js. @throws when it did not end by itself */
export function runExitProgram(command: readonly string[], program: ExitProgram): Promise<EndedProgram> {
  const [file = '', ...args] = [...command, PROGRAM, JSON.stringify(program)]
  return new Promise((resolve, reject) => {
    const options = { env: environment(), timeout: GENEROUS_MILLIS, killSignal: 'SIGKILL' } as const
    const child = execFile(file, args, options, (_error, stdout, stderr) => {
      const ended = Date.now()
      if (child.killed || stdout === '') {
        reject(new Error(`${file} ${JSON.stringify(program)} did not end as it should: ${stderr}`))
        return
      }
      const emitted: Emitted = JSON.parse(stdout)
      const lines = stderr.split('\n')
      resolve({
        ...emitted,
        status: child.exitCode,
        signal: child.signalCode,
        endMillis: ended - emitted.endBegins,
        ownLines: lines.filter(isOwn),
        otherOutput: lines.filter((line) => !isOwn(line)).join('\n'),
      })
    })
  })
}

const isOwn = (line: string) => line.startsWith('otel-sluice: ')

/** What runs a program as the first process (PID 1) of a namespace, as in a container. */
export function firstInNamespace(): readonly string[] {
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  return ['unshare', ...asUser, '--pid', '--fork', '--mount-proc', '--kill-child']
}

/** Why a program cannot be run that way here; undefined if it can. */
export function namespaceProblem(): string | undefined {
  const [file = '', ...args] = [...firstInNamespace(), 'true']
  try {
    execFileSync(file, args, { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `unshare cannot make a process namespace here: ${String(error)}`
  }
}

/** Settings of the caller's shell, and what measures coverage, do not belong to the program. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL_|NODE_OPTIONS$|NODE_V8_COVERAGE$)/.test(name)),
  )
}
