import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { stderr, stdout } from 'otel-sluice'
import { COUNT, StallingReader } from '../support/stalling-reader.js'

const PROGRAM = fileURLToPath(new URL('./fixtures/stream-on-thread.js', import.meta.url))

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
    let reader: StallingReader

    /** What the program says last. */
    async function accounts(): Promise<{ exported: number; failed: number; blocked: boolean }> {
      return JSON.parse(await reader.hearLast())
    }

    afterEach(() => reader.kill())

    it('go on with other things, and bring every line, whole, when the reader resumes', async () => {
      reader = new StallingReader(PROGRAM, 'dropping')
      deepEqual(
        [await reader.hear(), await reader.hear()],
        ['started', 'turning'],
        'the event loop turns meanwhile',
      )
      await reader.readLines()
      deepEqual(await accounts(), { exported: COUNT, failed: 0, blocked: false })
    })

    it('make the caller of a blocking queue wait for the reader, and bring every line, whole', async () => {
      reader = new StallingReader(PROGRAM, 'blocking')
      equal(await reader.hear(), 'started')
      await reader.readLines()
      deepEqual(await accounts(), { exported: COUNT, failed: 0, blocked: true })
    })

    it('fail records when the reader goes away, and do not bring the process down', async () => {
      reader = new StallingReader(PROGRAM, 'dropping')
      equal(await reader.hear(), 'started')
      reader.goAway()
      const { exported, failed } = await accounts()
      ok(failed > 0)
      equal(exported + failed, COUNT)
      equal(await reader.status(), 0)
    })
  })
})
