import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a program measured: named numbers. */
export type Measurement = Readonly<Record<string, number>>

/**
 * A program of the benchmarks in a process of its own: what is measured shares no heap, no compiled code and no event
 * loop with the driver, the receiver or another subject.
 */
export class Program {
  readonly #child: ChildProcess

  /** @param name the file in `programs`, without its ending. */
  constructor(name: string, task: object = {}) {
    const path = fileURLToPath(new URL(`../programs/${name}.js`, import.meta.url))
    this.#child = fork(path, [JSON.stringify(task)], {
      execArgv: ['--expose-gc'],
      env: environment(),
      // JSON has no NaN, which is what the idle process says of calls it did not make.
      serialization: 'advanced',
    })
  }

  /** Sends a question, if one is given, and resolves with the next measurement. @throws if the program ends instead */
  async answer(question?: string): Promise<Measurement> {
    // What loses the race is called off, or the listeners would add up; and it must not count as unhandled.
    const decided = new AbortController()
    const answered = once(this.#child, 'message', { signal: decided.signal })
    const ended = once(this.#child, 'exit', { signal: decided.signal }).then(([status]) => {
      throw new Error(`the program ended with status ${status} instead of an answer`)
    })
    for (const outcome of [answered, ended]) outcome.catch(() => {})
    if (question !== undefined) this.#child.send(question)
    try {
      const [message] = await Promise.race([answered, ended])
      return measurement(message)
    } finally {
      decided.abort()
    }
  }

  /** Resolves when the program has ended by itself. @throws unless its status is 0 */
  async ended(): Promise<void> {
    const [status]: unknown[] = await once(this.#child, 'exit')
    if (status !== 0) throw new Error(`the program ended with status ${String(status)}`)
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill()
    await ended
  }
}

/** Runs a program until it has told what it measured. */
export async function run(name: string, task: object): Promise<Measurement> {
  const program = new Program(name, task)
  try {
    return await program.answer()
  } finally {
    await program.end()
  }
}

/** How long a program lives that is left alone, in milliseconds. */
export async function lifetimeMillis(name: string, task: object): Promise<number> {
  const start = performance.now()
  await new Program(name, task).ended()
  return performance.now() - start
}

/** In a program: tells the driver what was measured. */
export function tell(values: Measurement): void {
  process.send?.(values)
}

/** In a program: what it was asked to do, on its command line. */
export function givenTask<Given>(): Given {
  return JSON.parse(process.argv[2] ?? '{}')
}

/** Settings of the caller's shell must not decide what is measured. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL_|NODE_OPTIONS$|NODE_V8_COVERAGE$)/.test(name)),
  )
}

function measurement(message: unknown): Measurement {
  if (typeof message !== 'object' || message === null) throw new TypeError('a program told no measurement')
  const values: Record<string, number> = {}
  for (const [name, value] of Object.entries(message)) {
    if (typeof value !== 'number') throw new TypeError(`a program told ${name}, which is no number`)
    values[name] = value
  }
  return values
}
