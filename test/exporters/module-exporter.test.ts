import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { threadId } from 'node:worker_threads'
import { diag } from '@opentelemetry/api'
import {
  type ModuleExporterOptions,
  moduleExporter,
  QueueLogRecordProcessor,
  type QueueLogRecordProcessorOptions,
} from 'otel-sluice'
import { accountedFor } from '../processors/suites/accounted-for.js'
import { type ContractSubject, processorContract } from '../processors/suites/contract.js'
import { emit, emitNumbers, numbers } from '../processors/suites/emitted-records.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'
import { until } from '../support/turns.js'
import type { ExportingOptions, Note } from './fixtures/exporting-module.js'

const MODULE = new URL('fixtures/exporting-module.js', import.meta.url)

describe('moduleExporter()', () => {
  let folder: string
  let notes: string
  let files = 0
  let diagnostics: string[]

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-module-'))
  })
  after(() => rmSync(folder, { recursive: true }))
  beforeEach(() => {
    notes = join(folder, `${files++}.jsonl`)
    writeFileSync(notes, '')
    diagnostics = recordDiagnostics()
  })
  afterEach(() => diag.disable())

  /** What was noted down, oldest first. */
  function noted(path = notes): Note[] {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    return lines.map((line): Note => JSON.parse(line))
  }

  const exported = (path = notes) => noted(path).flatMap((note) => ('exported' in note ? note.exported : []))
  const calls = () => noted().flatMap((note) => ('called' in note ? note.called : []))

  function processorFor(
    module: Omit<ModuleExporterOptions, 'module' | 'options'> & {
      readonly options?: Partial<ExportingOptions>
    },
    options: Partial<QueueLogRecordProcessorOptions> = {},
  ): QueueLogRecordProcessor {
    const exporter = moduleExporter({ ...module, module: MODULE, options: { notes, ...module.options } })
    return new QueueLogRecordProcessor({ metrics: false, exitHook: false, exporter, ...options })
  }

  describe('refuses, naming it,', () => {
    const call = (options: object) => () => Reflect.apply(moduleExporter, undefined, [options]) as unknown

    it('a module that is none', () => {
      throws(call({}), { name: 'TypeError', message: /^module must be a string .*got undefined/ })
      throws(call({ module: 7 }), { name: 'TypeError', message: /^module .*got 7/ })
    })

    it('a specifier with nothing to resolve it from, or that leads nowhere', () => {
      throws(call({ module: './exporter.js' }), {
        name: 'TypeError',
        message: /^parentUrl must be given .*"\.\/exporter\.js".* import\.meta\.url/,
      })
      throws(call({ module: 'a', parentUrl: 'here' }), {
        name: 'TypeError',
        message: /^parentUrl .*got "here"/,
      })
      throws(call({ module: 'no-such-package', parentUrl: import.meta.url }), {
        message: /^module cannot be resolved from parentUrl, got "no-such-package": install it/,
      })
    })

    it('an export name that is none', () => {
      throws(call({ module: MODULE, exportName: '' }), { name: 'TypeError', message: /^exportName .*got ""/ })
    })

    it('options that cannot be handed to another thread', () => {
      throws(call({ module: MODULE, options: { headers: () => ({}) } }), {
        name: 'TypeError',
        message: /^options cannot be handed to another thread, got an object .*: give plain values/,
      })
    })
  })

  it('takes a URL, an absolute path, or a specifier of any kind as in the file of parentUrl', () => {
    const module = (given: URL | string) => {
      const description = moduleExporter({ module: given, parentUrl: import.meta.url })
      return description.kind === 'module' && description.module
    }
    strictEqual(module(MODULE), MODULE.href)
    strictEqual(module(MODULE.href), MODULE.href)
    strictEqual(module(MODULE.pathname), MODULE.href)
    strictEqual(module('./fixtures/exporting-module.js'), MODULE.href)
    match(String(module('@opentelemetry/core')), /^file:.*\/@opentelemetry\/core\/.*\.js$/)
  })

  it('copies its options at once', async () => {
    const options = { notes, way: 'succeed' }
    const exporter = moduleExporter({ module: MODULE, options })
    options.way = 'fail'
    const processor = new QueueLogRecordProcessor({ metrics: false, exporter })
    emit(processor, 'body')
    await processor.shutdown()
    strictEqual(processor.stats().exported, 1)
  })

  processorContract('a queue to a module', (): ContractSubject => {
    const path = join(folder, `${files++}.jsonl`)
    writeFileSync(path, '')
    const exporter = moduleExporter({ module: MODULE, options: { notes: path } })
    const processor = new QueueLogRecordProcessor({ metrics: false, exitHook: false, exporter })
    return {
      processor,
      settled: (promise) => promise,
      arrived: () =>
        exported(path).map(({ body, attributes }) => ({
          body: revived(body),
          attributes: revived(attributes),
        })),
    }
  })

  it('exports all of a loop in a blocking queue, in order, while the caller waits', async () => {
    const processor = processorFor({}, { mode: 'blocking', maxQueueSize: 64, blockTimeoutMillis: 15_000 })
    emitNumbers(processor, 5_000)
    await processor.shutdown()
    deepStrictEqual(
      exported().map(({ body }) => body),
      numbers(5_000),
    )
    ok(processor.stats().blockedMillis > 0)
  })

  it('finds a class that CommonJS names too late', async () => {
    const exporter = moduleExporter({
      module: './fixtures/commonjs-module.cjs',
      parentUrl: import.meta.url,
      exportName: 'LateNamed',
    })
    const processor = new QueueLogRecordProcessor({ metrics: false, exporter })
    emit(processor, 'body')
    await processor.shutdown()
    strictEqual(processor.stats().exported, 1)
  })

  it("calls the exporter's own forceFlush and shutdown, on that thread, behind the records", async () => {
    const processor = processorFor({})
    emit(processor, 'first')
    await processor.forceFlush()
    emit(processor, 'second')
    await processor.shutdown()
    const all = noted()
    deepStrictEqual(
      all.map((note) => ('called' in note ? note.called : note.exported.map(({ body }) => body))),
      [['first'], 'forceFlush', ['second'], 'forceFlush', 'shutdown'],
    )
    for (const note of all) if ('called' in note) ok(note.threadId !== threadId)
  })

  describe('whose exporter', () => {
    it('fails some of a batch: those are counted', async () => {
      const processor = processorFor({ options: { way: 'half' } })
      emit(processor, 'a', 'b', 'c', 'd')
      await rejects(processor.shutdown(), /2 log records/)
      const { exported: arrived, failed } = processor.stats()
      deepStrictEqual([arrived, failed], [2, 2])
    })

    for (const [what, module, reason] of [
      ['answers that it failed', { options: { way: 'fail' } }, 'PartialExportError'],
      ['throws', { exportName: 'ThrowingExporter' }, 'RangeError'],
      ['rejects', { options: { way: 'reject' } }, 'EREJECTED'],
    ] as const) {
      it(`${what}: the records have failed, and nothing of the error is told but its name`, async () => {
        const processor = processorFor(module)
        emit(processor, 'a', 'b')
        await processor.forceFlush()
        strictEqual(processor.stats().failed, 2)
        strictEqual(accountedFor(processor.stats()), 2)
        await until(() => diagnostics.some((line) => line.includes(`(failed: ${reason})`)))
        await processor.shutdown()
        ok(!diagnostics.some((line) => line.includes('secret')), String(diagnostics))
      })
    }

    it('never answers: each batch has failed after exportTimeoutMillis', async () => {
      const processor = processorFor(
        { options: { way: 'nothing' } },
        { exportTimeoutMillis: 50, maxExportBatchSize: 1 },
      )
      emit(processor, 'a', 'b')
      await processor.forceFlush()
      strictEqual(processor.stats().failed, 2)
      await until(() => diagnostics.some((line) => line.includes('(failed: timeout)')))
      await processor.shutdown()
    })

    it('rejects its shutdown: so does that of the processor, with no more than the name', async () => {
      const processor = processorFor({ options: { shutdown: 'reject' } })
      emit(processor, 'a')
      await rejects(processor.shutdown(), { message: 'shutdown of the exporter failed with RangeError' })
      strictEqual(processor.stats().exported, 1)
    })

    it('never ends its shutdown: that of the processor ends all the same', async () => {
      const processor = processorFor({ options: { shutdown: 'nothing' } }, { shutdownTimeoutMillis: 1_000 })
      emit(processor, 'a')
      await processor.forceFlush()
      await rejects(processor.shutdown(), /1000 ms in the exporter's own shutdown/)
      deepStrictEqual(calls(), ['forceFlush', 'forceFlush', 'shutdown'])
    })
  })

  describe('of a module that', () => {
    const secret = "throw new Error('a secret')"
    for (const [what, exporter, reason] of [
      ['is not there', () => moduleExporter({ module: join(folder, 'missing.mjs') }), 'ERR_MODULE_NOT_FOUND'],
      ['throws', () => moduleExporter({ module: `data:text/javascript,${secret}` }), 'Error'],
      [
        'exports something else',
        () => moduleExporter({ module: MODULE, exportName: 'notAClass' }),
        'it exports no class as "notAClass"',
      ],
      [
        'exports a class of something else',
        () => moduleExporter({ module: MODULE, exportName: 'NoExporter' }),
        'what it exports as "NoExporter" makes no exporter',
      ],
    ] as const) {
      it(`${what}: the records have failed, it is told once, and the application goes on`, async () => {
        const processor = new QueueLogRecordProcessor({
          metrics: false,
          exporter: exporter(),
          maxExportBatchSize: 1,
        })
        emit(processor, 'a', 'b')
        await processor.forceFlush()
        strictEqual(processor.stats().failed, 2)
        await processor.shutdown()
        const told = diagnostics.filter((line) => line.includes('cannot export to'))
        strictEqual(told.length, 1, String(diagnostics))
        ok(told[0]?.endsWith(reason), told[0])
      })
    }
  })

  it('takes no record that is logged on its thread, and starts no thread for a processor there', async () => {
    const processor = processorFor({ exportName: 'LoggingExporter' })
    emit(processor, 'a', 'b')
    await processor.shutdown()
    deepStrictEqual(
      exported().map(({ body }) => body),
      ['a', 'b'],
    )
    const { suppressed, emitted } = JSON.parse(readFileSync(`${notes}.stats`, 'utf8'))
    deepStrictEqual([suppressed, emitted], [4, 0])
  })

  it('may hold its thread up for as long as an export may take, though a caller waits', async () => {
    const source = `
      export default class {
        export(logs, done) {
          const millis = logs[0].body === 'held' ? 2_500 : 0;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);
          done({ code: 0 })
        }
        async shutdown() {}
      }`
    const module = `data:text/javascript,${encodeURIComponent(source)}`
    const processor = new QueueLogRecordProcessor({
      metrics: false,
      exitHook: false,
      exporter: moduleExporter({ module }),
      mode: 'blocking',
      maxQueueSize: 1,
      blockTimeoutMillis: 15_000,
    })
    emit(processor, 'first')
    await processor.forceFlush()
    emit(processor, 'held', 'waiting', 'waited for')
    const { exported: arrived, workerRestarts } = processor.stats()
    ok(arrived >= 2)
    strictEqual(workerRestarts, 0)
    await processor.shutdown()
  })

  it('has a thread to itself: one that is held up holds no other up', async () => {
    const blocking = join(folder, 'blocking.mjs')
    const release = join(folder, 'released')
    writeFileSync(
      blocking,
      `import { existsSync } from 'node:fs'
      export default class {
        export(logs, done) {
          while (!existsSync(${JSON.stringify(release)}));
          done({ code: 0 })
        }
        async shutdown() {}
      }`,
    )
    const heldUp = new QueueLogRecordProcessor({
      metrics: false,
      exporter: moduleExporter({ module: pathToFileURL(blocking) }),
    })
    emit(heldUp, 'held up')
    const other = processorFor({})
    emit(other, 'through')
    await other.shutdown()
    deepStrictEqual([other.stats().exported, heldUp.stats().exported], [1, 0])
    writeFileSync(release, '')
    await heldUp.shutdown()
    strictEqual(heldUp.stats().exported, 1)
    ok(existsSync(release))
  })
})

/** What JSON has made of bytes. */
function revived(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(revived)
  const entries = Object.entries(value)
  const isBytes =
    entries.length > 0 && entries.every(([key, byte], i) => key === String(i) && typeof byte === 'number')
  if (isBytes) return Uint8Array.from(entries, ([, byte]) => Number(byte))
  return Object.fromEntries(entries.map(([key, entry]) => [key, revived(entry)]))
}
