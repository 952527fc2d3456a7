import { deepStrictEqual, match, ok, strictEqual, throws } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as sluice from 'otel-sluice'
import { createTelemetry, type Signal, type Telemetry } from 'otel-sluice'
import { codeBlocks, ROOT } from '../support/code-blocks.js'

/** What a check has: a telemetry with a handler `seen`, what that got, and a folder. */
interface Stage {
  readonly telemetry: Telemetry
  readonly signals: Signal[]
  readonly folder: string
}

/** What a name of Telemere's or telemere-lite's is called here, and a check that it does what it is for. */
interface Counterpart {
  readonly ours: string
  check(stage: Stage): void | Promise<void>
}

/** Adds a handler for a line a record, and hands it one. */
function checkLines(add: (telemetry: Telemetry) => void): Counterpart['check'] {
  return async ({ telemetry }) => {
    add(telemetry)
    deepStrictEqual(Object.keys(telemetry.getHandlers()), ['seen', 'lines'])
    deepStrictEqual(await telemetry.flushTelemetry(), { seen: { ok: true }, lines: { ok: true } })
  }
}

const COUNTERPARTS: Readonly<Record<string, Counterpart>> = {
  'log!': {
    ours: 'log',
    check({ telemetry: { log }, signals }) {
      log('warn', 'one', { n: 1 })
      log.info('two')
      log({ level: 'error', message: 'three' })
      log('debug', 'not wanted')
      deepStrictEqual(
        signals.map(({ level, message }) => [level, message]),
        [
          ['warn', 'one'],
          ['info', 'two'],
          ['error', 'three'],
        ],
      )
      deepStrictEqual(signals[0]?.data, { n: 1 })
    },
  },
  'event!': {
    ours: 'event',
    check({ telemetry: { event }, signals }) {
      event('order.placed', { n: 1 })
      event('warn', 'order.late')
      deepStrictEqual(
        signals.map(({ level, id }) => [level, id]),
        [
          ['info', 'order.placed'],
          ['warn', 'order.late'],
        ],
      )
    },
  },
  'error!': {
    ours: 'error',
    check({ telemetry: { error }, signals }) {
      error(new RangeError('too far'), { n: 1 })
      strictEqual(signals[0]?.level, 'error')
      strictEqual(signals[0].data['exception.type'], 'RangeError')
      strictEqual(signals[0].data.n, 1)
    },
  },
  'signal!': {
    ours: 'signal',
    check({ telemetry: { signal }, signals }) {
      signal({ level: 'fatal', id: 'an.event', message: 'one', data: { n: 1 }, ns: 'shop' })
      const { level, id, message, data, ns } = signals[0] ?? {}
      deepStrictEqual(
        { level, id, message, data, ns },
        {
          level: 'fatal',
          id: 'an.event',
          message: 'one',
          data: { n: 1 },
          ns: 'shop',
        },
      )
    },
  },
  'trace!': {
    ours: 'trace',
    async check({ telemetry: { trace }, signals }) {
      strictEqual(
        trace('run', () => 1),
        1,
      )
      strictEqual(await trace('run', async () => 2), 2)
      const thrown = new Error('thrown')
      throws(
        () =>
          trace('run', () => {
            throw thrown
          }),
        (error) => error === thrown,
      )
      deepStrictEqual(
        signals.map(({ id, data }) => [id, data['exception.message']]),
        [
          ['run', undefined],
          ['run', undefined],
          ['run', 'thrown'],
        ],
      )
    },
  },
  'spy!': {
    ours: 'spy',
    check({ telemetry: { spy }, signals }) {
      strictEqual(
        spy('warn', () => 17),
        17,
      )
      deepStrictEqual([signals[0]?.level, signals[0]?.data['sluice.run.result']], ['warn', 17])
    },
  },
  'catch->error!': {
    ours: 'catchToError',
    check({ telemetry: { catchToError }, signals }) {
      const fail = () => {
        throw new Error('thrown')
      }
      strictEqual(catchToError('run', fail, 'instead'), 'instead')
      deepStrictEqual([signals[0]?.level, signals[0]?.id], ['error', 'run'])
    },
  },
  'with-signals': {
    ours: 'withSignals',
    check({ telemetry }) {
      const { value, signals } = telemetry.withSignals(() => {
        telemetry.log('info', 'captured')
        return 17
      })
      telemetry.log('info', 'not captured')
      strictEqual(value, 17)
      deepStrictEqual(messages(signals), ['captured'])
    },
  },
  'set-enabled!': {
    ours: 'setEnabled',
    check({ telemetry, signals }) {
      telemetry.setEnabled(false)
      telemetry.log('info', 'not wanted')
      telemetry.setEnabled(true)
      telemetry.log('info', 'wanted')
      deepStrictEqual(messages(signals), ['wanted'])
    },
  },
  'get-enabled?': {
    ours: 'isEnabled',
    check({ telemetry }) {
      strictEqual(telemetry.isEnabled(), true)
      telemetry.setEnabled(false)
      strictEqual(telemetry.isEnabled(), false)
    },
  },
  'set-min-level!': {
    ours: 'setMinLevel',
    check({ telemetry, signals }) {
      telemetry.setMinLevel('warn')
      telemetry.setMinLevel('shop.*', 'debug')
      telemetry.log('info', 'not wanted')
      telemetry.logger('shop.orders').log('debug', 'wanted')
      deepStrictEqual(messages(signals), ['wanted'])
    },
  },
  'get-min-level': {
    ours: 'getMinLevel',
    check({ telemetry }) {
      strictEqual(telemetry.getMinLevel(), 'info')
      telemetry.setMinLevel('fatal')
      strictEqual(telemetry.getMinLevel(), 'fatal')
    },
  },
  'set-ns-filter!': {
    ours: 'setNsFilter',
    check({ telemetry, signals }) {
      telemetry.setNsFilter({ disallow: 'noisy.*' })
      telemetry.logger('noisy.part').log('info', 'not wanted')
      telemetry.logger('noisyXpart').log('info', 'wanted')
      deepStrictEqual(messages(signals), ['wanted'])
    },
  },
  'set-id-filter!': {
    ours: 'setIdFilter',
    check({ telemetry, signals }) {
      telemetry.setIdFilter({ allow: 'order.*', disallow: 'order.noise' })
      for (const id of ['order.placed', 'order.noise', 'heartbeat']) telemetry.event(id)
      deepStrictEqual(
        signals.map(({ id }) => id),
        ['order.placed'],
      )
    },
  },
  'get-filters': {
    ours: 'getFilters',
    check({ telemetry }) {
      telemetry.setNsFilter({ allow: ['shop.*'] })
      deepStrictEqual(telemetry.getFilters(), { minLevel: 'info', nsLevels: [], ns: { allow: ['shop.*'] } })
    },
  },
  'clear-filters!': {
    ours: 'clearFilters',
    check({ telemetry, signals }) {
      telemetry.setMinLevel('fatal')
      telemetry.setNsFilter('shop.*')
      telemetry.setIdFilter('order.*')
      telemetry.clearFilters()
      telemetry.log('info', 'wanted')
      deepStrictEqual(messages(signals), ['wanted'])
    },
  },
  'add-handler!': {
    ours: 'addHandler',
    async check({ telemetry }) {
      const seen: unknown[] = []
      telemetry.addHandler('mine', ({ message }) => void seen.push(message), {
        async: { mode: 'sliding', bufferSize: 1, nThreads: 1 },
      })
      telemetry.log('info', 'older')
      telemetry.log('info', 'newer')
      deepStrictEqual(seen, [])
      await telemetry.flushTelemetry()
      deepStrictEqual(seen, ['newer'])
    },
  },
  'remove-handler!': {
    ours: 'removeHandler',
    async check({ telemetry, signals }) {
      strictEqual(await telemetry.removeHandler('seen'), true)
      strictEqual(await telemetry.removeHandler('seen'), false)
      telemetry.log('info', 'not wanted')
      deepStrictEqual(signals, [])
    },
  },
  'get-handlers': {
    ours: 'getHandlers',
    check({ telemetry }) {
      deepStrictEqual(telemetry.getHandlers(), { seen: { enabled: true, async: false } })
    },
  },
  'clear-handlers!': {
    ours: 'clearHandlers',
    async check({ telemetry, signals }) {
      await telemetry.clearHandlers()
      deepStrictEqual(telemetry.getHandlers(), {})
      telemetry.log('info', 'not wanted')
      deepStrictEqual(signals, [])
    },
  },
  'add-file-handler!': {
    ours: 'addFileHandler',
    async check({ telemetry, folder }) {
      const path = join(folder, 'logs', 'app.log')
      telemetry.addFileHandler(path)
      telemetry.addFileHandler('second', `${path}.2`)
      deepStrictEqual(Object.keys(telemetry.getHandlers()), ['seen', 'file', 'second'])
      deepStrictEqual(telemetry.getHandlers().file?.async, {
        mode: 'dropping',
        bufferSize: 1024,
        nThreads: 1,
      })
      telemetry.log('info', 'in the file')
      await telemetry.flushTelemetry()
      for (const file of [path, `${path}.2`]) match(readFileSync(file, 'utf8'), /in the file/)
    },
  },
  'add-stdout-handler!': {
    ours: 'addStdoutHandler',
    check: checkLines(({ addStdoutHandler }) => addStdoutHandler('lines')),
  },
  'add-stderr-handler!': {
    ours: 'addStderrHandler',
    check: checkLines(({ addStderrHandler }) => addStderrHandler('lines')),
  },
  'get-handler-stats': {
    ours: 'getHandlerStats',
    check({ telemetry }) {
      telemetry.log('info', 'one')
      const { mode, queued, processed, errors, dropped } = telemetry.getHandlerStats().seen ?? {}
      deepStrictEqual([mode, queued, processed, errors, dropped], ['sync', 1, 1, 0, 0])
    },
  },
  'get-handler-health': {
    ours: 'getHandlerHealth',
    check({ telemetry }) {
      telemetry.log('info', 'one')
      deepStrictEqual(telemetry.getHandlerHealth(), {
        healthy: true,
        totalQueued: 1,
        totalDropped: 0,
        handlers: 1,
        details: telemetry.getHandlerStats(),
      })
    },
  },
  'detect-backpressure': {
    ours: 'detectBackpressure',
    check({ telemetry }) {
      telemetry.addHandler('full', () => undefined, { async: { bufferSize: 1 } })
      for (let i = 0; i < 102; i++) telemetry.log('info', 'one')
      deepStrictEqual(telemetry.detectBackpressure(), {
        backpressure: true,
        highDrops: 1,
        highQueue: 1,
        recommendation: 'Increase buffer sizes or reduce signal volume',
      })
    },
  },
  'shutdown-telemetry!': {
    ours: 'shutdownTelemetry',
    async check({ telemetry }) {
      const seen: unknown[] = []
      telemetry.addHandler('queue', ({ message }) => void seen.push(message), { async: true })
      telemetry.log('info', 'queued')
      deepStrictEqual(await telemetry.shutdownTelemetry(), { seen: { ok: true }, queue: { ok: true } })
      deepStrictEqual(seen, ['queued'])
      deepStrictEqual(telemetry.getHandlers(), {})
    },
  },
  'set-error-handler!': {
    ours: 'setErrorHandler',
    check({ telemetry }) {
      const failures: unknown[] = []
      telemetry.setErrorHandler((failure) => failures.push(failure))
      telemetry.addHandler('broken', () => {
        throw new RangeError('no')
      })
      telemetry.log('info', 'one')
      deepStrictEqual(failures, [
        { handler: 'broken', failures: 1, errorType: 'RangeError', errorCode: undefined },
      ])
    },
  },
  'configure-production-telemetry!': {
    ours: 'configureProductionTelemetry',
    async check({ telemetry, folder }) {
      const filePath = join(folder, 'app.log')
      telemetry.configureProductionTelemetry({ filePath })
      deepStrictEqual(Object.keys(telemetry.getHandlers()), ['app-log', 'errors'])
      await telemetry.flushTelemetry()
      match(readFileSync(filePath, 'utf8'), /Production telemetry configured/)
    },
  },
  'benchmark-telemetry-impact': {
    ours: 'benchmarkTelemetryImpact',
    async check({ telemetry }) {
      let calls = 0
      const impact = await telemetry.benchmarkTelemetryImpact(() => {
        calls++
      }, 10)
      strictEqual(calls, 30)
      ok(impact.asyncDeliveredMs >= impact.asyncMs)
    },
  },
}

function messages(signals: readonly Signal[]): unknown[] {
  return signals.map(({ message }) => message)
}

describe('parity with Telemere and telemere-lite', () => {
  const document = readFileSync(join(ROOT, 'docs/facade.md'), 'utf8')
  const rows = [...document.matchAll(/^\| `([^`]+)` \| `(\w+)` \|/gm)].map(
    ([, theirs = '', ours = '']) => [theirs, ours] as const,
  )
  const examples = codeBlocks('docs/facade.md')
    .map(({ code }) => code)
    .join('\n')
  let stage: Stage

  beforeEach(() => {
    const telemetry = createTelemetry()
    const signals: Signal[] = []
    telemetry.addHandler('seen', (signal) => void signals.push(signal))
    stage = { telemetry, signals, folder: mkdtempSync(join(tmpdir(), 'sluice-')) }
  })

  afterEach(async () => {
    await stage.telemetry.shutdownTelemetry()
    rmSync(stage.folder, { recursive: true })
  })

  it('has a row in docs/facade.md for each name, and none for others', () => {
    const expected = Object.entries(COUNTERPARTS).map(([theirs, { ours }]) => [theirs, ours] as const)
    deepStrictEqual([...rows].sort(), expected.sort())
  })

  for (const [theirs, { ours, check }] of Object.entries(COUNTERPARTS)) {
    describe(theirs, () => {
      it(`is ${ours}, a function of every telemetry, and a bare one`, () => {
        strictEqual(typeof Reflect.get(stage.telemetry, ours), 'function')
        strictEqual(Reflect.get(sluice, ours), Reflect.get(sluice.telemetry, ours))
      })

      it('has an example', () => match(examples, new RegExp(`\\b${ours}\\(`)))

      it('does what it is for', () => check(stage))
    })
  }
})
