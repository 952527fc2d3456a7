import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { leaveOut } from '../support/leave-out.js'
import { OtlpReceiver } from '../support/otlp-receiver.js'
import { EXPORTER, installSdk3, SDK } from '../support/sdk-3.js'

const run = promisify(execFile)

/** Logs through a blocking queue, flushes, logs again, and ends by process.exit() with that on its way. */
const PROGRAM = `
import { readFileSync } from 'node:fs'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { otlp, QueueLogRecordProcessor } from 'otel-sluice'

const exporter = otlp({ headers: { 'x-program': 'mine' } })
const processor = new QueueLogRecordProcessor({ exporter, mode: 'blocking', maxQueueSize: 100 })
const logger = new LoggerProvider({ processors: [processor] }).getLogger('sdk 3')
for (let i = 0; i < 1_000; i++) logger.emit({ body: i })
await processor.forceFlush()
const { exported } = processor.stats()
const manifest = exporter.basePackage.replace(/(otlp-exporter-base).*/, '$1/package.json')
console.log(JSON.stringify({ exported, version: JSON.parse(readFileSync(manifest, 'utf8')).version }))
logger.emit({ body: 1_000 })
process.exit()
`

/** Logs to a file and to the exporter of the SDK as a module, and ends by process.exit(). */
const MODULE_PROGRAM = `
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { file, moduleExporter, QueueLogRecordProcessor } from 'otel-sluice'

const exporters = [
  file('app.log', { format: 'readable' }),
  moduleExporter({
    module: '@opentelemetry/exporter-logs-otlp-http',
    exportName: 'OTLPLogExporter',
    parentUrl: import.meta.url,
    options: { headers: { 'x-program': 'mine' } },
  }),
]
const processors = exporters.map((exporter) => new QueueLogRecordProcessor({ exporter, mode: 'blocking' }))
const logger = new LoggerProvider({ processors }).getLogger('sdk 3')
for (let i = 0; i < 1_000; i++) logger.emit({ body: i })
await Promise.all(processors.map((processor) => processor.forceFlush()))
logger.emit({ body: 1_000 })
process.exit()
`

describe(`the export thread with SDK ${SDK} and its exporter, on Node.js 24`, () => {
  let folder = ''
  let node = ''

  before('install them, and this package beside them', async function () {
    this.timeout(180_000)
    const installed = await installSdk3('export-thread')
    if (typeof installed === 'string') leaveOut(this, installed)
    folder = installed.folder
    node = installed.node
  })

  it('delivers every record, waited for by a caller, by a flush and by the end of the process', async () => {
    const receiver = await OtlpReceiver.start()
    const program = join(folder, 'export-thread.mjs')
    writeFileSync(program, PROGRAM)
    try {
      const { stdout, stderr } = await run(node, [program], {
        cwd: folder,
        env: {
          ...process.env,
          OTEL_EXPORTER_OTLP_ENDPOINT: new URL(receiver.url).origin,
          OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        },
        timeout: 15_000,
      })
      strictEqual(stderr, '')
      deepStrictEqual(JSON.parse(stdout), { exported: 1_000, version: EXPORTER })
      deepStrictEqual(
        receiver.records.map(({ body }) => body),
        Array.from({ length: 1_001 }, (_, i) => i),
      )
      ok(receiver.requests.every(({ headers }) => headers['x-program'] === 'mine'))
      ok(receiver.requests.every((request) => request.headers['content-encoding'] === 'gzip'))
    } finally {
      await receiver.close()
    }
  })

  it('delivers every record to a file, and to its exporter as a module', async () => {
    const receiver = await OtlpReceiver.start()
    const program = join(folder, 'module-exporter.mjs')
    const log = join(folder, 'app.log')
    rmSync(log, { force: true })
    writeFileSync(program, MODULE_PROGRAM)
    try {
      const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: new URL(receiver.url).origin }
      const { stderr } = await run(node, [program], { cwd: folder, env, timeout: 15_000 })
      strictEqual(stderr, '')
      const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1)
      const numbers = Array.from({ length: 1_001 }, (_, i) => i)
      deepStrictEqual(
        lines.map((line) => Number(line.split(' ').at(-1))),
        numbers,
      )
      deepStrictEqual(
        receiver.records.map(({ body }) => body),
        numbers,
      )
      ok(receiver.requests.every(({ headers }) => headers['x-program'] === 'mine'))
    } finally {
      await receiver.close()
    }
  })
})
