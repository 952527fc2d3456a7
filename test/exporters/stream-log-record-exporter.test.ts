import { deepEqual, equal, throws } from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { StreamLogRecordExporter } from 'otel-sluice'
import { StallingReader } from '../support/stalling-reader.js'

const PROGRAM = fileURLToPath(new URL('./fixtures/write-to-stream.js', import.meta.url))

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
    let reader: StallingReader

    afterEach(() => reader.kill())

    it('goes on with other things, and brings every line, whole, when the reader resumes', async () => {
      reader = new StallingReader(PROGRAM, 'asynchronous')
      deepEqual(
        [await reader.hear(), await reader.hear()],
        ['started', 'turning'],
        'the event loop turns meanwhile',
      )
      await reader.readLines()
      equal(await reader.hear(), 'true')
    })

    it('waits synchronously for the reader, and brings every line, whole', async () => {
      reader = new StallingReader(PROGRAM, 'synchronous')
      equal(await reader.hear(), 'started')
      await reader.readLines()
      equal(await reader.hear(), 'true')
    })

    it('fails when the reader goes away, and does not bring the process down', async () => {
      reader = new StallingReader(PROGRAM, 'asynchronous')
      equal(await reader.hear(), 'started')
      reader.goAway()
      equal(await reader.hearLast(), 'false')
      equal(await reader.status(), 0)
    })
  })
})
