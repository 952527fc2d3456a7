import { equal, ok } from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** How many records the program is to bring. */
export const COUNT = 2000

/** A program that writes records to its stdout, which is not read until that is asked for, and tells on stderr how it goes. */
export class StallingReader {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly #said: AsyncIterator<string>

  constructor(program: string, way: string) {
    this.#child = spawn(process.execPath, [program, way, String(COUNT)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#said = createInterface({ input: this.#child.stderr })[Symbol.asyncIterator]()
  }

  /** The next line that the program says of itself. */
  async hear(): Promise<string | undefined> {
    const { value, done } = await this.#said.next()
    return done === true ? undefined : value
  }

  /** What it says last. */
  async hearLast(): Promise<string> {
    let last: string | undefined
    for (let line = await this.hear(); line !== undefined; line = await this.hear()) last = line
    return last ?? ''
  }

  /** Reads its stdout to the end, and checks that each line is there, whole and in its place. */
  async readLines(): Promise<void> {
    let next = 0
    for await (const line of createInterface({ input: this.#child.stdout })) {
      ok(line.endsWith(` record ${next} ${'x'.repeat(1000)}`), `line ${next} is torn or out of place`)
      next++
    }
    equal(next, COUNT)
  }

  /** Will never read. */
  goAway(): void {
    this.#child.stdout.destroy()
  }

  /** The status that the program ends with. */
  async status(): Promise<unknown> {
    const [code]: unknown[] =
      this.#child.exitCode === null ? await once(this.#child, 'exit') : [this.#child.exitCode]
    return code
  }

  kill(): void {
    this.#child.kill()
  }
}
