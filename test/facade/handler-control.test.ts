import { deepEqual, equal, match, ok, throws } from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diag } from '@opentelemetry/api'
import { ExportResultCode } from '@opentelemetry/core'
import { InMemoryLogRecordExporter } from '@opentelemetry/sdk-logs'
import { createTelemetry, type HandlerFailure, type Signal, type Telemetry } from 'otel-sluice'
import { ManualClock } from '../support/manual-clock.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'
import { answerLater, ScriptedExporter } from '../support/scripted-exporter.js'

const ONE_TO = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1))

describe('handlers at work', () => {
  let telemetry: Telemetry
  let seen: unknown[]
  const handler = ({ message }: Signal) => void seen.push(message)
  const logAll = (messages: readonly string[]) => {
    for (const message of messages) telemetry.log('info', message)
  }

  beforeEach(() => {
    recordDiagnostics()
    telemetry = createTelemetry()
    seen = []
  })

  afterEach(async () => {
    await telemetry.shutdownTelemetry()
    diag.disable()
  })

  async function flushed(clock: ManualClock): Promise<void> {
    const flush = telemetry.flushTelemetry()
    await clock.settle()
    await flush
  }

  describe('setHandlerOptions', () => {
    it('throws for an id that there is not, naming those that there are', () => {
      telemetry.addHandler('known', handler)
      throws(
        () => telemetry.setHandlerOptions('unknown', {}),
        (error) => error instanceof TypeError && /"known".*got "unknown"/.test(error.message),
      )
      throws(() => telemetry.setHandlerOptions('toString', {}), TypeError)
    })

    it('throws for a wrong option, and leaves the handler as it was', () => {
      telemetry.addHandler('handler', handler, { minLevel: 'warn', async: { bufferSize: 7 } })
      const before = telemetry.getHandlers()
      const wrong: [object, RegExp][] = [
        [{ async: { bufferSize: 0 }, minLevel: 'info' }, /async\.bufferSize/],
        [{ async: false, minLevel: 'loud' }, /minLevel/],
        [{ async: true, enabled: 'yes' }, /enabled/],
        [{ format: 'readable' }, /got "format": .*add the handler anew/],
      ]
      for (const [options, message] of wrong) {
        throws(() => telemetry.setHandlerOptions('handler', options), message)
        deepEqual(telemetry.getHandlers(), before)
      }
      telemetry.log('warn', 'still there')
      equal(telemetry.getHandlerStats().handler?.queueSize, 1)
    })

    it('throws where the target cannot be used so, and leaves the handler as it was', async () => {
      const exporter = new ScriptedExporter(answerLater)
      telemetry.addHandler('exporter', exporter)
      throws(() => telemetry.setHandlerOptions('exporter', { async: false }), /without exportSync/)
      throws(() => telemetry.setHandlerOptions('exporter', { async: { mode: 'blocking' } }), /exportSync/)
      logAll(['1'])
      await telemetry.flushTelemetry()
      equal(exporter.delivered.length, 1)
      equal(exporter.shutdowns, 0)
      telemetry.addHandler('processor', { onEmit() {}, async forceFlush() {}, async shutdown() {} })
      throws(() => telemetry.setHandlerOptions('processor', { async: true }), /used as it is/)
    })

    it('changes what is named, parts of async too, and nothing else', () => {
      const when = () => true
      telemetry.addHandler('handler', handler, { when, sample: 0.5, async: { bufferSize: 7, nThreads: 2 } })
      telemetry.setHandlerOptions('handler', { minLevel: 'warn', async: { mode: 'sliding' } })
      const async = { mode: 'sliding', bufferSize: 7, nThreads: 2 }
      deepEqual(telemetry.getHandlers().handler, {
        enabled: true,
        async,
        minLevel: 'warn',
        sample: 0.5,
        when,
      })
      telemetry.setHandlerOptions('handler', { sample: undefined, when: undefined, async: false })
      deepEqual(telemetry.getHandlers().handler, { enabled: true, async: false, minLevel: 'warn' })
      telemetry.setHandlerOptions('handler', { async: true })
      deepEqual(telemetry.getHandlers().handler?.async, async)
      telemetry.setHandlerOptions('handler', { async: undefined })
      equal(telemetry.getHandlers().handler?.async, false, 'the default of a function')
      telemetry.setHandlerOptions('handler', { async: true })
    })

    it('filters the next record by what was changed, and goes on counting', () => {
      telemetry.addHandler('handler', handler)
      telemetry.setHandlerOptions('handler', { when: ({ message }) => message !== 'filtered' })
      logAll(['1', 'filtered'])
      telemetry.setHandlerOptions('handler', { when: undefined, minLevel: 'warn' })
      logAll(['filtered'])
      telemetry.setHandlerOptions('handler', { minLevel: undefined })
      logAll(['2'])
      deepEqual(seen, ['1', '2'])
      equal(telemetry.getHandlerStats().handler?.filtered, 1)
    })

    it('does not begin a limit anew that stays the same', () => {
      telemetry.addHandler('handler', handler, { limit: [[2, 3_600_000]] })
      logAll(['1', '2'])
      telemetry.setHandlerOptions('handler', { minLevel: 'info' })
      logAll(['3'])
      deepEqual(seen, ['1', '2'])
      telemetry.setHandlerOptions('handler', { limit: [[3, 3_600_000]] })
      logAll(['4'])
      deepEqual(seen, ['1', '2', '4'])
    })

    it('turns a handler off and on', () => {
      telemetry.addHandler('handler', handler)
      telemetry.setHandlerOptions('handler', { enabled: false })
      logAll(['1'])
      telemetry.setHandlerOptions('handler', { enabled: true })
      logAll(['2'])
      deepEqual(seen, ['2'])
    })

    it('delivers what was queued beside what comes after, and adds the statistics of both', async () => {
      telemetry.addHandler('handler', handler, { async: { bufferSize: 3 } })
      logAll(ONE_TO(5))
      telemetry.setHandlerOptions('handler', { async: { mode: 'sliding', bufferSize: 4 } })
      logAll(['6', '7'])
      const count = () => {
        const { mode, queued, processed, dropped, queueSize } = telemetry.getHandlerStats().handler ?? {}
        return { mode, queued, processed, dropped, queueSize }
      }
      deepEqual(count(), { mode: 'sliding', queued: 5, processed: 0, dropped: 2, queueSize: 5 })
      telemetry.setHandlerOptions('handler', { async: false })
      logAll(['8'])
      deepEqual(seen, ['8'], 'what comes after does not wait')
      await telemetry.flushTelemetry()
      deepEqual(seen.toSorted(), ['1', '2', '3', '6', '7', '8'])
      deepEqual(count(), { mode: 'sync', queued: 6, processed: 6, dropped: 2, queueSize: 0 })
    })

    it('tells what was lost in the last minute, also of a queue that has drained since', async () => {
      const clock = new ManualClock()
      telemetry = createTelemetry({}, clock)
      telemetry.addHandler('handler', () => {
        throw new Error('no')
      })
      const recent = () => telemetry.getHandlerStats().handler?.recent
      logAll(['1', '2'])
      telemetry.setHandlerOptions('handler', { async: { bufferSize: 1 } })
      logAll(['3', '4', '5'])
      deepEqual(recent(), { errors: 2, dropped: 2 }, 'of both, while one may drain')
      await flushed(clock)
      deepEqual(recent(), { errors: 3, dropped: 2 })
      telemetry.setHandlerOptions('handler', { async: false })
      await flushed(clock)
      deepEqual(recent(), { errors: 3, dropped: 2 }, 'of both, once they have drained')
      await clock.advance(61_000)
      deepEqual(recent(), { errors: 0, dropped: 0 })
      const stop = telemetry.shutdownTelemetry()
      await clock.settle()
      await stop
    })

    it('flushes and stops what still drains, too, and says if that fails', async () => {
      const exporter = new ScriptedExporter()
      telemetry.addHandler('exporter', exporter)
      logAll(['1'])
      telemetry.setHandlerOptions('exporter', { async: { bufferSize: 10 } })
      const held = await exporter.call(0)
      const early = await telemetry.flushTelemetry({ timeoutMillis: 0 })
      equal(early.exporter?.ok, false)
      held.answer()
      deepEqual(await telemetry.flushTelemetry(), { exporter: { ok: true } })
      equal(exporter.shutdowns, 0, 'the handler still uses it')
      logAll(['2'])
      telemetry.setHandlerOptions('exporter', { async: { bufferSize: 11 } })
      const stopped = telemetry.shutdownTelemetry()
      const second = await exporter.call(1)
      equal(exporter.shutdowns, 0)
      second.answer()
      deepEqual(await stopped, { exporter: { ok: true } })
      deepEqual(
        exporter.delivered.map(({ body }) => body),
        ['1', '2'],
      )
      equal(exporter.shutdowns, 1)
    })

    it('may be called from a filter of the handler: the record goes the new way', async () => {
      const when = () => {
        telemetry.setHandlerOptions('handler', { async: false, when: undefined })
        return true
      }
      telemetry.addHandler('handler', handler, { async: true, when })
      logAll(['1'])
      deepEqual(seen, ['1'])
    })

    it('holds on the export thread: a file gets every line once, whichever way', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
      const path = join(folder, 'app.log')
      telemetry.addFileHandler('file', path, { format: 'readable' })
      logAll(['queued'])
      telemetry.setHandlerOptions('file', { async: false })
      logAll(['at once'])
      match(await readFile(path, 'utf8'), /at once/)
      telemetry.setHandlerOptions('file', { async: { mode: 'blocking', bufferSize: 1 } })
      logAll(ONE_TO(20))
      await telemetry.shutdownTelemetry()
      const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
      const bodies = lines.map((line) => line.split('otel-sluice ')[1])
      deepEqual(bodies.toSorted(), ['queued', 'at once', ...ONE_TO(20)].toSorted())
      await rm(folder, { recursive: true })
    })
  })

  describe('setAsync', () => {
    it('takes the queue from all handlers that can do without, and gives it back as it was', async () => {
      telemetry.addHandler('queue', handler, { async: { mode: 'sliding', bufferSize: 9 } })
      telemetry.addHandler('sync', handler)
      telemetry.addHandler('exporter', new ScriptedExporter(answerLater))
      telemetry.addHandler('processor', { onEmit() {}, async forceFlush() {}, async shutdown() {} })
      deepEqual(telemetry.setAsync(false), ['exporter', 'processor'])
      logAll(['1'])
      deepEqual(seen, ['1', '1'])
      deepEqual(telemetry.setAsync(true), ['processor'])
      const { queue, sync } = telemetry.getHandlers()
      deepEqual(queue?.async, { mode: 'sliding', bufferSize: 9, nThreads: 1 })
      deepEqual(sync?.async, { mode: 'dropping', bufferSize: 1024, nThreads: 1 })
    })

    it('throws for anything but a boolean', () => {
      throws(
        () => Reflect.apply(telemetry.setAsync, undefined, ['on']),
        /isAsync must be true or false, got "on"/,
      )
    })
  })

  describe('compareHandlers', () => {
    it('has the statistics of both, and ratios where there are', () => {
      telemetry.addHandler('all', handler)
      telemetry.addHandler('half', handler, { when: ({ message }) => Number(message) % 2 === 0 })
      logAll(ONE_TO(10))
      const { a, b, ratios } = telemetry.compareHandlers('all', 'half')
      const { all, half } = telemetry.getHandlerStats()
      deepEqual(a, { id: 'all', ...all })
      deepEqual(b, { id: 'half', ...half })
      equal(ratios.processed, 0.5)
      equal(ratios.filtered, undefined)
      equal(telemetry.compareHandlers('half', 'all').ratios.filtered, 0)
    })

    it('throws for an id that there is not', () => {
      telemetry.addHandler('there', handler)
      throws(() => telemetry.compareHandlers('there', 'missing'), /^TypeError: b must be .*got "missing"/)
    })
  })

  describe('setErrorHandler', () => {
    const failing = () => {
      throw Object.assign(new RangeError('a secret'), { code: 'E_TEST' })
    }

    it('tells the first failure at once and, without an interval, the others too, with nothing of the record', () => {
      const told: HandlerFailure[] = []
      telemetry.setErrorHandler((failure) => told.push(failure), { intervalMillis: 0 })
      telemetry.addHandler('failing', failing)
      logAll(['secret 1', 'secret 2'])
      const failure = { handler: 'failing', failures: 1, errorType: 'RangeError', errorCode: 'E_TEST' }
      deepEqual(told, [failure, failure])
      telemetry.setErrorHandler(undefined)
      logAll(['3'])
      equal(told.length, 2)
    })

    it('is called once a minute for each handler unless it is told otherwise', () => {
      const told: (string | undefined)[] = []
      telemetry.setErrorHandler((failure) => told.push(failure.handler))
      telemetry.addHandler('one', failing)
      telemetry.addHandler('two', failing)
      logAll(ONE_TO(5))
      deepEqual(told, ['one', 'two'])
    })

    it('is told of each record that fails once, also of those that fail in a shutdown', async () => {
      const told: HandlerFailure[] = []
      telemetry.setErrorHandler((failure) => told.push(failure), { intervalMillis: 0 })
      const exporter = new InMemoryLogRecordExporter()
      exporter.export = (_, done) =>
        done({ code: ExportResultCode.FAILED, error: new RangeError('a secret') })
      telemetry.addHandler('failing', exporter)
      logAll(ONE_TO(3))
      await telemetry.flushTelemetry()
      logAll(ONE_TO(2))
      equal((await telemetry.shutdownTelemetry()).failing?.ok, false)
      equal(
        told.reduce((sum, { failures }) => sum + failures, 0),
        5,
      )
    })

    it('is told of the records that a shutdown gives up on', async () => {
      const clock = new ManualClock()
      const telemetry = createTelemetry({}, clock)
      const told: HandlerFailure[] = []
      telemetry.setErrorHandler((failure) => told.push(failure), { intervalMillis: 0 })
      telemetry.addHandler('stuck', new ScriptedExporter(() => {}), {
        async: { mode: 'dropping', bufferSize: 4 },
      })
      for (const message of ONE_TO(4)) telemetry.log('info', message)
      const shutdown = telemetry.shutdownTelemetry()
      await clock.advance(60_000)
      await shutdown
      deepEqual(
        told.map(({ failures, errorType }) => [failures, errorType]),
        [
          [1, 'GivenUpError'],
          [3, 'GivenUpError'],
          [0, 'AggregateError'],
        ],
      )
    })

    it('is told the code of what made some records of an export fail', () => {
      const told: HandlerFailure[] = []
      telemetry.setErrorHandler((failure) => told.push(failure))
      telemetry.addFileHandler('folder', tmpdir(), { async: false })
      logAll(['1'])
      const reason = { errorType: 'NotAFileError', errorCode: 'ERR_SLUICE_NOT_A_FILE' }
      deepEqual(told, [{ handler: 'folder', failures: 1, ...reason }])
    })

    it('is told why records failed on the export thread also when a shutdown waits for them', async () => {
      for (let i = 0; i < 10; i++) {
        const told: HandlerFailure[] = []
        const telemetry = createTelemetry()
        telemetry.setErrorHandler((failure) => told.push(failure))
        telemetry.addFileHandler('folder', tmpdir())
        telemetry.log('info', 'message')
        await telemetry.shutdownTelemetry()
        deepEqual(
          told.map(({ errorCode }) => errorCode),
          ['ERR_SLUICE_NOT_A_FILE'],
        )
      }
    })

    it('is told of calls that fail as well', () => {
      const told: HandlerFailure[] = []
      telemetry.setErrorHandler((failure) => told.push(failure))
      telemetry.addHandler('handler', handler)
      telemetry.log({ level: 'info', message: '1', when: failing })
      equal(told[0]?.handler, undefined)
      equal(told[0]?.errorType, 'RangeError')
    })

    for (const [name, broken] of [
      ['throws', failing],
      ['rejects', () => Promise.reject(new Error('late'))],
      ['logs', () => telemetry.log('error', 'from the error handler')],
    ] as const) {
      it(`one that ${name} changes nothing, and ends in no loop`, async () => {
        telemetry.setErrorHandler(broken, { intervalMillis: 0 })
        telemetry.addHandler('failing', failing)
        telemetry.addHandler('after', handler)
        logAll(['1', '2'])
        deepEqual(seen, ['1', '2'])
        ok((await telemetry.flushTelemetry()).after?.ok)
      })
    }

    it('refuses what is no function', () => {
      throws(
        () => Reflect.apply(telemetry.setErrorHandler, undefined, [7]),
        /handler must be a function, got 7/,
      )
      throws(() => telemetry.setErrorHandler(failing, { intervalMillis: -1 }), /intervalMillis/)
    })

    it('a handler that failed is used again, and recovers by itself', () => {
      let isBroken = true
      telemetry.setErrorHandler(() => {})
      telemetry.addHandler('healing', ({ message }) => (isBroken ? failing() : void seen.push(message)))
      logAll(['1', '2'])
      isBroken = false
      logAll(['3'])
      deepEqual(seen, ['3'])
      const { healing } = telemetry.getHandlerStats()
      deepEqual([healing?.processed, healing?.errors], [1, 2])
    })
  })
})
