import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diag, ROOT_CONTEXT } from '@opentelemetry/api'
import {
  InMemoryLogRecordExporter,
  type LogRecordProcessor,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import { createTelemetry, type Signal, type Telemetry } from 'otel-sluice'
import { accountsOf } from '../support/handler-accounts.js'
import { ManualClock } from '../support/manual-clock.js'
import { OtlpReceiver } from '../support/otlp-receiver.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'
import { answerLater, ScriptedExporter } from '../support/scripted-exporter.js'

/** A promise, and what settles it. */
function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<void>((res, rej) => {
    resolve = res
    reject = rej
  })
  return { promise, resolve, reject }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A processor that does nothing but what it is told. */
function processor(methods: Partial<LogRecordProcessor> = {}): LogRecordProcessor {
  return { onEmit() {}, async forceFlush() {}, async shutdown() {}, ...methods }
}

/** What the statistics of a handler without filters have of them. */
const UNFILTERED = { filtered: 0, sampled: 0, rateLimited: 0 }

describe('handlers', () => {
  let telemetry: Telemetry
  let diagnostics: string[]

  beforeEach(() => {
    diagnostics = recordDiagnostics()
    telemetry = createTelemetry()
  })

  afterEach(async () => {
    await telemetry.shutdownTelemetry()
    diag.disable()
  })

  describe('with a queue', () => {
    const variable = 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE'
    afterEach(() => {
      delete process.env[variable]
    })

    /** The lengths of the batches that a handler's exporter gets of as many records as its queue holds. */
    async function batchesOf(bufferSize: number): Promise<number[]> {
      const lengths: number[] = []
      const exporter = new ScriptedExporter((call) => {
        lengths.push(call.records.length)
        answerLater(call)
      })
      telemetry.addHandler('exporter', exporter, { async: { bufferSize } })
      for (let i = 0; i < bufferSize; i++) telemetry.log('info', `record ${i}`)
      await telemetry.flushTelemetry()
      return lengths
    }

    it('get a quarter of it at a time, so that there is room for more meanwhile', async () => {
      assert.deepEqual(await batchesOf(400), [100, 100, 100, 100])
      assert.deepEqual(await batchesOf(6), [2, 2, 2])
      assert.deepEqual(await batchesOf(1), [1])
    })

    it('get 512 records at a time at the most', async () => {
      assert.deepEqual(await batchesOf(4_096), Array(8).fill(512))
    })

    it('get as many at a time as the environment says', async () => {
      process.env[variable] = '150'
      assert.deepEqual(await batchesOf(400), [150, 150, 100])
    })

    for (const wrong of ['many', '0', '401', ' ']) {
      it(`get a quarter of it where the environment says ${JSON.stringify(wrong)}`, async () => {
        process.env[variable] = wrong
        assert.deepEqual(await batchesOf(400), [100, 100, 100, 100])
      })
    }
  })

  const failing: [string, () => void | Promise<void>][] = [
    ['throws', () => assert.fail('a secret')],
    ['rejects', () => Promise.reject(new Error('a secret'))],
    ['throws nothing', () => Promise.reject(undefined)],
  ]

  for (const [name, handler] of failing) {
    for (const async of [false, true]) {
      it(`one that ${name} (async: ${async}) affects neither another nor the caller; it is counted, and told once`, async () => {
        const others: unknown[] = []
        telemetry.addHandler('before', ({ message }) => void others.push(message))
        telemetry.addHandler('failing', handler, { async })
        telemetry.addHandler('after', ({ message }) => void others.push(message))
        telemetry.log('info', 'first')
        telemetry.log('info', 'second')
        await telemetry.flushTelemetry()
        assert.deepEqual(others, ['first', 'first', 'second', 'second'])
        const { failing: stats } = telemetry.getHandlerStats()
        assert.deepEqual([stats?.queued, stats?.processed, stats?.errors], [2, 0, 2])
        const errors = diagnostics.filter((line) => line.startsWith('error'))
        assert.equal(errors.length, 1)
        assert.match(errors[0] ?? '', /handler "failing" failed/)
        assert.doesNotMatch(diagnostics.join(), /secret/)
      })
    }
  }

  it('a processor that throws affects neither another handler nor the caller', () => {
    const others: unknown[] = []
    const broken = processor({ onEmit: () => assert.fail('thrown'), enabled: () => assert.fail('thrown') })
    telemetry.addHandler('broken', broken)
    telemetry.addHandler('after', ({ message }) => void others.push(message))
    telemetry.log('info', 'message')
    assert.deepEqual(others, ['message'])
    assert.deepEqual(accountsOf(telemetry.getHandlerStats().broken), {
      mode: 'processor',
      queued: 1,
      processed: 0,
      errors: 1,
      dropped: 0,
      queueSize: 0,
      ...UNFILTERED,
    })
    assert.match(diagnostics.join(), /handler "broken" failed/)
  })

  it('a processor that is an async function and rejects is counted, and told', async () => {
    telemetry.addHandler('broken', processor({ onEmit: () => Promise.reject(new Error('a secret')) }))
    telemetry.log('info', 'message')
    await nextTurn()
    assert.equal(telemetry.getHandlerStats().broken?.errors, 1)
    assert.equal(telemetry.getHandlerStats().broken?.processed, 0)
    assert.match(diagnostics.join(), /handler "broken" failed, last with Error/)
  })

  it('one that logs is not called for what it logs', () => {
    let calls = 0
    telemetry.addHandler('logging', () => {
      calls++
      telemetry.log('info', 'from the handler')
    })
    telemetry.log('info', 'message')
    assert.equal(calls, 1)
  })

  describe('async: false', () => {
    it('has handled the record when the call returns, and reports statistics', () => {
      const seen: Signal[] = []
      telemetry.addHandler('function', (signal) => void seen.push(signal))
      telemetry.log('info', 'message')
      assert.equal(seen.length, 1)
      assert.deepEqual(accountsOf(telemetry.getHandlerStats().function), {
        mode: 'sync',
        queued: 1,
        processed: 1,
        errors: 0,
        dropped: 0,
        queueSize: 0,
        ...UNFILTERED,
      })
    })

    it('a function that returns a promise has handled the record when that settles', async () => {
      const [good, bad] = [deferred(), deferred()]
      telemetry.addHandler('promises', ({ message }) => (message === 'good' ? good.promise : bad.promise))
      const counts = () => {
        const { promises: stats } = telemetry.getHandlerStats()
        return [stats?.queued, stats?.processed, stats?.errors]
      }
      telemetry.log('info', 'good')
      telemetry.log('info', 'bad')
      assert.deepEqual(counts(), [2, 0, 0])
      good.resolve()
      bad.reject(new Error('late'))
      await telemetry.flushTelemetry()
      assert.deepEqual(counts(), [2, 1, 1])
    })

    it('a file holds the record when the call returns', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
      const path = join(folder, 'logs', 'app.log')
      telemetry.addFileHandler('file', path, { async: false, format: 'readable' })
      telemetry.log('info', 'to the file')
      assert.match(await readFile(path, 'utf8'), /to the file/)
      await telemetry.shutdownTelemetry()
      await rm(folder, { recursive: true })
    })
  })

  describe('async', () => {
    it('dropping: accepts what the queue holds, and counts the rest', async () => {
      const seen: unknown[] = []
      telemetry.addHandler('queue', ({ message }) => void seen.push(message), { async: { bufferSize: 3 } })
      for (let i = 0; i < 5; i++) telemetry.log('info', String(i))
      const { queue: full } = telemetry.getHandlerStats()
      assert.deepEqual(accountsOf(full), {
        mode: 'dropping',
        queued: 3,
        processed: 0,
        errors: 0,
        dropped: 2,
        queueSize: 3,
        ...UNFILTERED,
      })
      await telemetry.flushTelemetry()
      assert.deepEqual(seen, ['0', '1', '2'])
    })

    it('sliding: counts those as queued that newer ones took the place of', async () => {
      const seen: unknown[] = []
      const async = { mode: 'sliding', bufferSize: 3 } as const
      telemetry.addHandler('queue', ({ message }) => void seen.push(message), { async })
      for (let i = 0; i < 5; i++) telemetry.log('info', String(i))
      await telemetry.flushTelemetry()
      assert.deepEqual(seen, ['2', '3', '4'])
      assert.deepEqual(accountsOf(telemetry.getHandlerStats().queue), {
        mode: 'sliding',
        queued: 5,
        processed: 3,
        errors: 0,
        dropped: 2,
        queueSize: 0,
        ...UNFILTERED,
      })
    })

    it('blocking: handles everything, in order, while the caller waits', async () => {
      const seen: unknown[] = []
      const async = { mode: 'blocking', bufferSize: 3 } as const
      telemetry.addHandler('queue', ({ message }) => void seen.push(message), { async })
      const sent = Array.from({ length: 100 }, (_, i) => String(i))
      for (const message of sent) telemetry.log('info', message)
      assert.ok(seen.length >= 97)
      await telemetry.flushTelemetry()
      assert.deepEqual(seen, sent)
    })

    it('blocking with a function that returns promises: told once, then it drops when full, and loses none of the others', async () => {
      const seen: unknown[] = []
      const handler = async ({ message }: Signal) => {
        await nextTurn()
        seen.push(message)
      }
      telemetry.addHandler('promises', handler, { async: { mode: 'blocking', bufferSize: 3 } })
      for (let i = 0; i < 10; i++) telemetry.log('info', String(i))
      assert.deepEqual(await telemetry.flushTelemetry(), { promises: { ok: true } })
      const { promises: stats } = telemetry.getHandlerStats()
      assert.ok(stats !== undefined && stats.dropped > 0)
      assert.equal(stats.queued + stats.dropped, 10)
      assert.equal(stats.processed, stats.queued)
      assert.equal(seen.length, stats.processed)
      const told = diagnostics.filter((line) => line.includes('"promises" returns promises'))
      assert.equal(told.length, 1)
    })

    it('a full blocking queue of a function whose promise never settles does not hold its callers up', () => {
      const stuck = deferred()
      telemetry.addHandler('stuck', () => stuck.promise, { async: { mode: 'blocking', bufferSize: 1 } })
      const start = performance.now()
      for (let i = 0; i < 100; i++) telemetry.log('info', String(i))
      assert.ok(performance.now() - start < 1_000)
      assert.ok((telemetry.getHandlerStats().stuck?.dropped ?? 0) > 90)
      stuck.resolve()
    })

    for (const nThreads of [1, 3]) {
      it(`nThreads: ${nThreads} bounds the promises of a function that are unsettled`, async () => {
        let [unsettled, most] = [0, 0]
        const handler = async () => {
          most = Math.max(most, ++unsettled)
          await nextTurn()
          unsettled--
        }
        telemetry.addHandler('promises', handler, { async: { nThreads } })
        for (let i = 0; i < 200; i++) telemetry.log('info', String(i))
        await telemetry.flushTelemetry()
        assert.equal(telemetry.getHandlerStats().promises?.processed, 200)
        assert.equal(most, nThreads)
      })
    }

    it('one bad record of a batch costs one', async () => {
      const handler = ({ message }: Signal) => {
        if (message === '3') throw new Error('bad')
      }
      telemetry.addHandler('queue', handler, { async: true })
      for (let i = 0; i < 10; i++) telemetry.log('info', String(i))
      await telemetry.flushTelemetry()
      const { queue: stats } = telemetry.getHandlerStats()
      assert.deepEqual([stats?.processed, stats?.errors], [9, 1])
    })
  })

  describe('an exporter', () => {
    it('gets the records through a queue', async () => {
      const exporter = new InMemoryLogRecordExporter()
      telemetry.addHandler('exporter', exporter)
      telemetry.log('info', 'message')
      assert.deepEqual(telemetry.getHandlers(), {
        exporter: { enabled: true, async: { mode: 'dropping', bufferSize: 1024, nThreads: 1 } },
      })
      await telemetry.flushTelemetry()
      assert.deepEqual(
        exporter.getFinishedLogRecords().map(({ body }) => body),
        ['message'],
      )
    })

    it('that fails is counted, and told once', async () => {
      const exporter = new InMemoryLogRecordExporter()
      exporter.export = (_logs, resultCallback) => resultCallback({ code: 1, error: new Error('a secret') })
      telemetry.addHandler('exporter', exporter)
      telemetry.log('info', 'message')
      await telemetry.flushTelemetry()
      assert.equal(telemetry.getHandlerStats().exporter?.errors, 1)
      const errors = diagnostics.filter((line) => line.startsWith('error'))
      assert.deepEqual(errors, ['error: otel-sluice: handler "exporter" failed, last with Error'])
    })

    it('that throws is counted, and told once, in a queue and without one', async () => {
      const thrower = {
        export: () => assert.fail('a secret'),
        exportSync: () => assert.fail('a secret'),
        async forceFlush() {},
        async shutdown() {},
      }
      telemetry.addHandler('queue', thrower)
      telemetry.addHandler('direct', thrower, { async: false })
      telemetry.log('info', 'message')
      await telemetry.flushTelemetry()
      const { queue, direct } = telemetry.getHandlerStats()
      assert.deepEqual([queue?.errors, direct?.errors], [1, 1])
      const errors = diagnostics.filter((line) => line.startsWith('error')).sort()
      assert.deepEqual(errors, [
        'error: otel-sluice: handler "direct" failed, last with AssertionError (ERR_ASSERTION)',
        'error: otel-sluice: handler "queue" failed, last with AssertionError (ERR_ASSERTION)',
      ])
    })

    it('that is an async function and rejects is counted, and told once', async () => {
      const exporter = new InMemoryLogRecordExporter()
      const rejecting = Object.assign(exporter, { export: () => Promise.reject(new Error('a secret')) })
      telemetry.addHandler('exporter', rejecting)
      telemetry.log('info', 'message')
      await telemetry.flushTelemetry()
      assert.equal(telemetry.getHandlerStats().exporter?.errors, 1)
      const errors = diagnostics.filter((line) => line.startsWith('error'))
      assert.deepEqual(errors, ['error: otel-sluice: handler "exporter" failed, last with Error'])
    })

    for (const async of [true, false]) {
      it(`that does not answer in time is counted, and told (a function's promise, async: ${async})`, async () => {
        const clock = new ManualClock()
        telemetry = createTelemetry({}, clock)
        telemetry.addHandler('late', () => new Promise<void>(() => {}), { async })
        telemetry.log('info', 'message')
        await clock.advance(60_000)
        assert.equal(telemetry.getHandlerStats().late?.errors, 1)
        const errors = diagnostics.filter((line) => line.startsWith('error'))
        assert.deepEqual(errors, ['error: otel-sluice: handler "late" failed, last with ExportTimeoutError'])
      })
    }

    it('added again under its id, with other options, loses nothing and goes on', async () => {
      const exporter = new InMemoryLogRecordExporter()
      const shutdown = exporter.shutdown.bind(exporter)
      let shutdowns = 0
      exporter.shutdown = async () => {
        shutdowns++
        await shutdown()
      }
      const bodies: unknown[] = []
      const send = exporter.export.bind(exporter)
      exporter.export = (logs, resultCallback) => {
        bodies.push(...logs.map(({ body }) => body))
        send(logs, resultCallback)
      }
      telemetry.addHandler('exporter', exporter)
      telemetry.log('info', 'through the first')
      telemetry.addHandler('exporter', exporter, { async: { mode: 'sliding' } })
      telemetry.log('info', 'through the second')
      await telemetry.flushTelemetry()
      assert.deepEqual(bodies.sort(), ['through the first', 'through the second'])
      assert.equal(shutdowns, 0)
      assert.deepEqual(await telemetry.shutdownTelemetry(), { exporter: { ok: true } })
      assert.equal(shutdowns, 1)
    })
  })

  describe('a processor', () => {
    it('is used as it is', async () => {
      const exporter = new InMemoryLogRecordExporter()
      telemetry.addHandler('processor', new SimpleLogRecordProcessor({ exporter }))
      telemetry.log('info', 'message')
      await telemetry.flushTelemetry()
      assert.deepEqual(
        exporter.getFinishedLogRecords().map(({ body }) => body),
        ['message'],
      )
      assert.deepEqual(telemetry.getHandlers(), { processor: { enabled: true } })
    })
  })

  describe('enabled: false', () => {
    it('gets nothing', () => {
      telemetry.addHandler('disabled', () => assert.fail('called'), { enabled: false })
      telemetry.log('info', 'message')
      assert.equal(telemetry.getHandlerStats().disabled?.queued, 0)
    })
  })

  describe('the processor for an SDK', () => {
    const options = { context: ROOT_CONTEXT, instrumentationScope: { name: 'test' } }

    it('says truthfully whether anything wants a record', () => {
      const { processor: all } = telemetry
      const isEnabled = () => all.enabled?.(options)
      assert.equal(isEnabled(), false)
      telemetry.addHandler('disabled', () => {}, { enabled: false })
      assert.equal(isEnabled(), false)
      telemetry.addHandler('unwilling', processor({ enabled: () => false }))
      assert.equal(isEnabled(), false)
      telemetry.addHandler('willing', () => {})
      assert.equal(isEnabled(), true)
      telemetry.setEnabled(false)
      assert.equal(isEnabled(), false)
    })

    it('rejects when a handler cannot be flushed or shut down, naming it', async () => {
      telemetry.addHandler('bad "one"', processor({ forceFlush: () => Promise.reject(new Error('not now')) }))
      await assert.rejects(telemetry.processor.forceFlush(), /failed to flush the handlers "bad \\"one\\""/)
      telemetry.addHandler('worse', processor({ shutdown: () => Promise.reject(new Error('not now')) }))
      await assert.rejects(telemetry.processor.shutdown(), /failed to shut down the handlers "worse"/)
    })
  })

  describe('removeHandler, clearHandlers', () => {
    it('resolve when the handlers have drained', async () => {
      const exporter = new InMemoryLogRecordExporter()
      exporter.shutdown = async () => {}
      telemetry.addHandler('first', exporter)
      telemetry.addHandler('second', exporter)
      telemetry.log('info', 'message')
      assert.equal(await telemetry.removeHandler('first'), true)
      assert.equal(exporter.getFinishedLogRecords().length, 1)
      assert.equal(await telemetry.removeHandler('first'), false)
      await telemetry.clearHandlers()
      assert.equal(exporter.getFinishedLogRecords().length, 2)
      assert.deepEqual(telemetry.getHandlers(), {})
    })
  })

  describe('shutdownTelemetry', () => {
    it('stops handlers in parallel, goes on past failures, and empties the registry', async () => {
      const [first, second] = [deferred(), deferred()]
      // Each can end only when the other has begun.
      const one = processor({
        shutdown() {
          second.resolve()
          return first.promise
        },
      })
      const two = processor({
        async shutdown() {
          first.resolve()
          await second.promise
        },
      })
      const error = new Error('not today')
      telemetry.addHandler('rejecting', processor({ shutdown: () => Promise.reject(error) }))
      telemetry.addHandler(
        'throwing',
        processor({
          shutdown: () => {
            throw error
          },
        }),
      )
      telemetry.addHandler('one', one)
      telemetry.addHandler('two', two)
      assert.deepEqual(await telemetry.shutdownTelemetry(), {
        rejecting: { ok: false, error },
        throwing: { ok: false, error },
        one: { ok: true },
        two: { ok: true },
      })
      assert.deepEqual(telemetry.getHandlers(), {})
      assert.deepEqual(telemetry.getHandlerStats(), {})
      assert.deepEqual(await telemetry.shutdownTelemetry(), {})
    })

    it('delivers what is queued', async () => {
      const seen: unknown[] = []
      telemetry.addHandler('queue', ({ message }) => void seen.push(message), { async: true })
      for (let i = 0; i < 1000; i++) telemetry.log('info', String(i))
      await telemetry.shutdownTelemetry()
      assert.equal(seen.length, 1000)
    })

    it('handlers can be added again afterwards', async () => {
      telemetry.addHandler('first', () => {})
      telemetry.log('info', 'before')
      await telemetry.shutdownTelemetry()
      const seen: unknown[] = []
      telemetry.addHandler('second', ({ message }) => void seen.push(message))
      telemetry.log('info', 'after')
      assert.deepEqual(seen, ['after'])
    })
  })

  describe('addOtlpHandler', () => {
    it('sends to the URL it is given, with the headers', async () => {
      const receiver = await OtlpReceiver.start()
      telemetry.addOtlpHandler('collector', {
        exporter: { url: receiver.url, headers: { 'x-tenant': 'shop' }, compression: 'gzip' },
        async: { mode: 'sliding' },
      })
      telemetry.log('info', 'message')
      assert.deepEqual(await telemetry.shutdownTelemetry(), { collector: { ok: true } })
      assert.deepEqual(
        receiver.records.map(({ body }) => body),
        ['message'],
      )
      assert.equal(receiver.requests[0]?.headers['x-tenant'], 'shop')
      await receiver.close()
    })
  })

  it('addStdoutHandler and addStderrHandler add handlers under these ids, or others', () => {
    telemetry.addStdoutHandler()
    telemetry.addStderrHandler('errors', { enabled: false, async: { mode: 'blocking', bufferSize: 100 } })
    assert.deepEqual(telemetry.getHandlers(), {
      stdout: { enabled: true, async: { mode: 'dropping', bufferSize: 1024, nThreads: 1 } },
      errors: { enabled: false, async: { mode: 'blocking', bufferSize: 100, nThreads: 1 } },
    })
  })
})
