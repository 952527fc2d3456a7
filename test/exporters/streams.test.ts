import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { stderr, stdout } from 'otel-sluice'

const CHILD = fileURLToPath(new URL('./fixtures/stream-on-thread.js', import.meta.url))
const COUNT = 2000

describe('stdout() and stderr()', () => {
  it('refuse wrong options, and say which', () => {
    for (const stream of [stdout, stderr]) {
      const call = (options: unknown) => () => Reflect.apply(stream, undefined, [options]) as unknown
      throws(call(null), { name: 'TypeError', message: /^options must be an object, got null/ })
      throws(call({ format: 'json' }), {
        name: 'TypeError',
        message: /^format must be one of 'otlp-json', 'readable', got "json"/,
      })
    }
  })

  describe('to a pipe whose reader stalls', () => {
    let child: ChildProcessByStdio<null, Readable, Readable>
    let said: AsyncIterator<string>

    /** The next line that the child says of itself. */
    async function hear(): Promise<string | undefined> {
      const { value, done } = await said.next()
      return done === true ? undefined : value
    }

    /** What the child says last. */
    async function accounts(): Promise<{ exported: number; failed: number; blocked: boolean }> {
      let last: string | undefined
      for (let line = await hear(); line !== undefined; line = await hear()) last = line
      return JSON.parse(last ?? '')
    }

    function start(mode: string): void {
      child = spawn(process.execPath, [CHILD, mode, String(COUNT)], { stdio: ['ignore', 'pipe', 'pipe'] })
      said = createInterface({ input: child.stderr })[Symbol.asyncIterator]()
    }

    /** Reads stdout to its end, and checks that each line is there, whole and in its place. */
    async function readLines(): Promise<void> {
      let next = 0
      for await (const line of createInterface({ input: child.stdout })) {
        ok(line.endsWith(` record ${next} ${'x'.repeat(1000)}`), `line ${next} is torn or out of place`)
        next++
      }
      equal(next, COUNT)
    }

    afterEach(() => child.kill())

    it('go on with other things, and bring every line, whole, when the reader resumes', async () => {
      start('dropping')
      deepEqual([await hear(), await hear()], ['started', 'turning'], 'the event loop turns meanwhile')
      await readLines()
      deepEqual(await accounts(), { exported: COUNT, failed: 0, blocked: false })
    })

    it('make the caller of a blocking queue wait for the reader, and bring every line, whole', async () => {
      start('blocking')
      equal(await hear(), 'started')
      await readLines()
      deepEqual(await accounts(), { exported: COUNT, failed: 0, blocked: true })
    })

    it('fail records when the reader goes away, and do not bring the process down', async () => {
      start('dropping')
      equal(await hear(), 'started')
      child.stdout.destroy()
      const { exported, failed } = await accounts()
      ok(failed > 0)
      equal(exported + failed, COUNT)
      const [code]: unknown[] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
      equal(code, 0)
    })
  })
})
