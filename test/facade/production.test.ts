import { deepStrictEqual, match, ok, strictEqual, throws } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTelemetry, type Telemetry } from 'otel-sluice'

/** What is in a file of OTLP-JSON lines: the bodies of its records. */
function bodies(path: string): unknown[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  return lines.flatMap((line) =>
    JSON.parse(line).resourceLogs.flatMap(
      ({ scopeLogs }: { scopeLogs: { logRecords: { body?: object }[] }[] }) =>
        scopeLogs.flatMap(({ logRecords }) => logRecords.map(({ body }) => Object.values(body ?? {})[0])),
    ),
  )
}

describe('configureProductionTelemetry', () => {
  let folder: string
  let filePath: string
  let telemetry: Telemetry

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    filePath = join(folder, 'logs', 'app.log')
    telemetry = createTelemetry()
  })

  afterEach(async () => {
    await telemetry.shutdownTelemetry()
    rmSync(folder, { recursive: true })
  })

  it('takes away the handlers and filters that there were, and sets up its own', async () => {
    telemetry.addHandler('old', () => undefined)
    telemetry.setMinLevel('db.*', 'trace')
    telemetry.setIdFilter('order.*')
    telemetry.configureProductionTelemetry({ filePath })
    deepStrictEqual(telemetry.getHandlers(), {
      'app-log': { enabled: true, async: { mode: 'dropping', bufferSize: 2048, nThreads: 2 } },
      errors: {
        enabled: true,
        minLevel: 'error',
        async: { mode: 'blocking', bufferSize: 100, nThreads: 1 },
      },
    })
    deepStrictEqual(telemetry.getFilters(), {
      minLevel: 'info',
      nsLevels: [],
      ns: { disallow: ['debug.*', 'test.*'] },
    })
  })

  it('takes options', () => {
    telemetry.configureProductionTelemetry({
      filePath,
      logLevel: 'warn',
      asyncMode: 'sliding',
      bufferSize: 16,
      nsFilter: 'shop.*',
    })
    deepStrictEqual(telemetry.getHandlers()['app-log']?.async, {
      mode: 'sliding',
      bufferSize: 16,
      nThreads: 2,
    })
    deepStrictEqual(telemetry.getFilters().ns, { allow: ['shop.*'] })
    strictEqual(telemetry.getMinLevel(), 'warn')
  })

  it('logs that it did, and lets through any scope but debug.* and test.*', async () => {
    telemetry.configureProductionTelemetry({ filePath })
    telemetry.logger('anybodys.app').log('info', 'wanted')
    telemetry.logger('debug.sql').log('info', 'not wanted')
    telemetry.logger('test.runner').log('info', 'not wanted')
    await telemetry.shutdownTelemetry()
    deepStrictEqual(bodies(filePath), ['Production telemetry configured', 'wanted'])
    const [first = ''] = readFileSync(filePath, 'utf8').split('\n')
    match(first, /"asyncMode".*"dropping".*"bufferSize".*2048.*"logLevel".*"info"/)
  })

  it('changes nothing if an option is wrong', () => {
    telemetry.addHandler('old', () => undefined)
    telemetry.setMinLevel('warn')
    const wrong: [string, unknown, RegExp][] = [
      ['logLevel', 'loud', /logLevel .*"loud"/],
      ['filePath', '', /filePath .*""/],
      ['filePath', 'logs/\0', /filePath .*NUL/],
      ['asyncMode', 'sometimes', /asyncMode .*"sometimes"/],
      ['bufferSize', 0, /bufferSize .* 0/],
      ['nsFilter', { forbid: 'x' }, /nsFilter/],
    ]
    for (const [option, value, message] of wrong) {
      const options = JSON.parse(JSON.stringify({ filePath, [option]: value }))
      throws(() => telemetry.configureProductionTelemetry(options), message)
    }
    deepStrictEqual(Object.keys(telemetry.getHandlers()), ['old'])
    strictEqual(telemetry.getMinLevel(), 'warn')
  })

  it('writes errors to stderr, and delivers what is queued when a signal ends the process', async () => {
    const program = `
      import { configureProductionTelemetry, log } from 'otel-sluice'
      setInterval(() => {}, 1_000)
      configureProductionTelemetry()
      log('error', 'broken')
      log('info', 'the last words')
      process.kill(process.pid, 'SIGTERM')
    `
    // Where the package finds itself by its name, but for the files that it writes.
    const url = new URL('.', import.meta.url)
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        program.replace('Telemetry()', `Telemetry({ filePath: ${JSON.stringify(filePath)} })`),
      ],
      { cwd: fileURLToPath(url), stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk
    })
    const [, signal] = await once(child, 'close')
    strictEqual(signal, 'SIGTERM')
    deepStrictEqual(bodies(filePath), ['Production telemetry configured', 'broken', 'the last words'])
    match(stderr, /ERROR.*broken/)
    ok(!stderr.includes('the last words'))
  })
})
