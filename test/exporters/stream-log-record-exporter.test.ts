import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { StreamLogRecordExporter } from 'otel-sluice'

const CHILD = fileURLToPath(new URL('./fixtures/write-to-stream.js', import.meta.url))
const COUNT = 2000

describe('StreamLogRecordExporter', () => {
  it('refuses wrong options, and says which', () => {
    const make = (options: object | undefined) => () =>
      Reflect.construct(StreamLogRecordExporter, [options]) as unknown
    throws(make(undefined), { name: 'TypeError', message: /^stream must be one of 'stdout', 'stderr'/ })
    throws(make({ stream: 'stdin' }), { name: 'TypeError', message: /^stream .*got "stdin"/ })
    throws(make({ stream: 1 }), { name: 'TypeError', message: /^stream .*got 1/ })
    throws(make({ stream: 'stdout', format: 'json' }), {
      name: 'TypeError',
      message: /^format must be one of 'otlp-json', 'readable', got "json"/,
    })
  })

  describe('to a pipe whose reader stalls', () => {
    let child: ChildProcessByStdio<null, Readable, Readable>
    let said: AsyncIterator<string>

    /** The next line that the child says of itself. */
    async function hear(): Promise<string | undefined> {
      const { value, done } = await said.next()
      return done === true ? undefined : value
    }

    function start(way: string): void {
      child = spawn(process.execPath, [CHILD, way, String(COUNT)], { stdio: ['ignore', 'pipe', 'pipe'] })
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

    it('goes on with other things, and brings every line, whole, when the reader resumes', async () => {
      start('asynchronous')
      deepEqual([await hear(), await hear()], ['started', 'turning'], 'the event loop turns meanwhile')
      await readLines()
      equal(await hear(), 'true')
    })

    it('waits synchronously for the reader, and brings every line, whole', async () => {
      start('synchronous')
      equal(await hear(), 'started')
      await readLines()
      equal(await hear(), 'true')
    })

    it('fails when the reader goes away, and does not bring the process down', async () => {
      start('asynchronous')
      equal(await hear(), 'started')
      child.stdout.destroy()
      let last: string | undefined
      for (let line = await hear(); line !== undefined; line = await hear()) last = line
      equal(last, 'false')
      const [code]: unknown[] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
      equal(code, 0)
    })
  })
})
