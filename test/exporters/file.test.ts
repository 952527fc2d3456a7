import { deepStrictEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { diag } from '@opentelemetry/api'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import {
  createTelemetry,
  type ExporterDescription,
  FileLogRecordExporter,
  file,
  QueueLogRecordProcessor,
} from 'otel-sluice'
import { emit, emittedRecord } from '../processors/suites/emitted-records.js'
import { leaveOut } from '../support/leave-out.js'
import { RandomRecords } from '../support/random-records.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'
import { until } from '../support/turns.js'

function processorTo(exporter: ExporterDescription | LogRecordExporter): QueueLogRecordProcessor {
  return new QueueLogRecordProcessor({ exporter, metrics: false, exitHook: false, name: 'tested' })
}

describe('file()', () => {
  let folder: string
  let diagnostics: string[]

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-file-'))
    diagnostics = recordDiagnostics()
  })
  afterEach(() => {
    diag.disable()
    rmSync(folder, { recursive: true })
  })

  it('refuses wrong options, and says which', () => {
    const call = (path: unknown, options?: unknown) => () =>
      Reflect.apply(file, undefined, [path, options]) as unknown
    throws(call(undefined), { name: 'TypeError', message: /^path must be a string that is not empty/ })
    throws(call('a\0b'), { name: 'TypeError', message: /^path must be without NUL/ })
    throws(call('a', null), { name: 'TypeError', message: /^options must be an object, got null/ })
    throws(call('a', { format: 'json' }), { name: 'TypeError', message: /^format .*got "json"/ })
  })

  it('takes a relative path from the working directory of that moment', () => {
    const description = file('logs/app.log')
    equal(description.path, resolve('logs/app.log'))
  })

  for (const format of ['otlp-json', 'readable'] as const) {
    it(`writes what FileLogRecordExporter writes, byte for byte (${format})`, async () => {
      const records = new RandomRecords(3).batch(200).map(emittedRecord)
      const [there, here] = [join(folder, 'there', 'app.log'), join(folder, 'here.log')]
      const processors = [
        processorTo(file(there, { format })),
        processorTo(new FileLogRecordExporter({ path: here, format })),
      ]
      for (const processor of processors) {
        for (const record of records) processor.onEmit(record)
        await processor.shutdown()
        equal(processor.stats().exported, records.length)
      }
      ok(readFileSync(here).length > 0)
      ok(readFileSync(there).equals(readFileSync(here)))
    })
  }

  it('fails records for a FIFO, without waiting for a reader, and says so once', async function () {
    if (process.platform === 'win32') leaveOut(this, 'Windows has no FIFOs in its file system')
    const path = join(folder, 'fifo')
    execFileSync('mkfifo', [path])
    const processor = processorTo(file(path))
    for (const body of ['a', 'b']) {
      emit(processor, body)
      await processor.forceFlush()
    }
    equal(processor.stats().failed, 2)
    await processor.shutdown()
    deepStrictEqual(
      diagnostics.filter((line) => line.includes(path)),
      [
        `error: otel-sluice: cannot write to ${JSON.stringify(path)} (ERR_SLUICE_NOT_A_FILE); every export tries again`,
      ],
    )
  })

  it('begins when it can, and says so', async () => {
    const inTheWay = join(folder, 'logs')
    writeFileSync(inTheWay, '')
    const path = join(inTheWay, 'app.log')
    const processor = processorTo(file(path, { format: 'readable' }))
    emit(processor, 'lost')
    await processor.forceFlush()
    rmSync(inTheWay)
    emit(processor, 'written')
    await processor.forceFlush()
    const told = () => diagnostics.filter((line) => line.includes(path))
    // The thread says so in a message of its own, which a shutdown does not wait for.
    await until(() => told().length === 2)
    await processor.shutdown()
    const { failed, exported } = processor.stats()
    deepStrictEqual([failed, exported], [1, 1])
    ok(readFileSync(path, 'utf8').endsWith(' written\n'))
    deepStrictEqual(told(), [
      `error: otel-sluice: cannot write to ${JSON.stringify(path)} (ENOTDIR); every export tries again`,
      `info: otel-sluice: writing to ${JSON.stringify(path)} again, after 1 failed records`,
    ])
  })

  it('of two processors to one file, each brings whole lines, and the last one closes it', async () => {
    const path = join(folder, 'shared.log')
    const processors = [processorTo(file(path)), processorTo(file(path))]
    for (let i = 0; i < 500; i++) for (const processor of processors) emit(processor, `record ${i}`)
    await processors[0]?.shutdown()
    emit(processors[1] ?? processorTo(file(path)), 'last')
    await processors[1]?.shutdown()
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    equal(lines.length, 1_001)
    for (const line of lines) JSON.parse(line)
  })

  describe('behind a handler', () => {
    it('tells on stderr and in diagnostics that it fails, once', async function () {
      if (process.platform !== 'linux') leaveOut(this, 'only Linux has /dev/full')
      const { addFileHandler, log, getHandlerStats, shutdownTelemetry } = createTelemetry()
      addFileHandler('full', '/dev/full')
      const told = 'error: otel-sluice: handler "full" failed, last with ExportFailedError (ENOSPC)'
      log('info', 'lost')
      // Before the shutdown, which would not wait for the message that says why.
      await until(() => diagnostics.includes(told))
      equal(getHandlerStats().full?.errors, 1)
      log('info', 'lost too')
      await shutdownTelemetry()
      equal(diagnostics.filter((line) => line.includes('handler "full"')).length, 1)
    })

    it('goes on with the file when the handler is added anew', async () => {
      const path = join(folder, 'app.log')
      const { addFileHandler, log, shutdownTelemetry } = createTelemetry()
      addFileHandler('file', path, { format: 'readable' })
      log('info', 'before')
      addFileHandler('file', path, { format: 'readable', async: { mode: 'blocking' } })
      log('info', 'after')
      await shutdownTelemetry()
      const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
      deepStrictEqual(lines.map((line) => line.split(' ').at(-1)).sort(), ['after', 'before'])
    })
  })

  it('has a line for what is missing, with reportLoss', async () => {
    const path = join(folder, 'app.log')
    const processor = new QueueLogRecordProcessor({
      exporter: file(path, { format: 'readable' }),
      metrics: false,
      exitHook: false,
      maxQueueSize: 10,
      reportLoss: true,
    })
    for (let i = 0; i < 1_000; i++) emit(processor, `record ${i}`)
    await processor.forceFlush()
    emit(processor, 'after')
    await processor.shutdown()
    const { queue_full: lost } = processor.stats().dropped
    const lines = readFileSync(path, 'utf8').split('\n')
    ok(lost > 0)
    equal(
      lines.filter((line) => line.includes(`${lost} `) && line.includes('missing')).length,
      1,
      lines.join('\n'),
    )
  })

  it('rejects shutdown() when records could not be written', async () => {
    const processor = processorTo(file(folder))
    emit(processor, 'lost')
    await rejects(processor.shutdown(), /1 log records/)
  })
})
