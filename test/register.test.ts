import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OtlpReceiver, refusingUrl } from './support/otlp-receiver.js'

/** Where this package, and those of OpenTelemetry, are found by their names. */
const CWD = fileURLToPath(new URL('.', import.meta.url))

const EMITS = `
  import { logs } from '@opentelemetry/api-logs'
  logs.getLogger('shop').emit({ severityText: 'INFO', body: 'ready', attributes: { port: 8080 } })
`

interface End {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program with `--import otel-sluice/register`, or what it is given instead, until it ends. */
async function run(
  program: string,
  environment: NodeJS.ProcessEnv = {},
  options: readonly string[] = ['--import', 'otel-sluice/register', '--input-type=module'],
): Promise<End> {
  const child = spawn(process.execPath, [...options, '--eval', program], {
    cwd: CWD,
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: new URL(await refusingUrl()).origin, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 15_000,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const [status, signal] = await once(child, 'close')
  return { status, signal, stdout, stderr }
}

describe('otel-sluice/register', () => {
  describe('with OTLP, which is the default,', () => {
    let receiver: OtlpReceiver
    let environment: NodeJS.ProcessEnv

    beforeEach(async () => {
      receiver = await OtlpReceiver.start()
      environment = { OTEL_EXPORTER_OTLP_ENDPOINT: new URL(receiver.url).origin }
    })

    afterEach(() => receiver.close())

    const bodies = () => receiver.records.map(({ body }) => body)

    it('exports what goes through the logs API, with the resource of the environment', async () => {
      const end = await run(EMITS, {
        ...environment,
        OTEL_SERVICE_NAME: 'shop',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=other',
      })
      deepStrictEqual(end, { status: 0, signal: null, stdout: '', stderr: '' })
      deepStrictEqual(bodies(), ['ready'])
      const [{ scope, resource, attributes } = {}] = receiver.records
      strictEqual(scope?.name, 'shop')
      deepStrictEqual(attributes, { port: 8080 })
      strictEqual(resource?.attributes['service.name'], 'shop')
      strictEqual(resource.attributes['deployment.environment.name'], 'test')
      strictEqual(resource.attributes['telemetry.sdk.language'], 'nodejs')
    })

    it('does so, too, with --require', async () => {
      const program = `
        const { logs } = require('@opentelemetry/api-logs')
        logs.getLogger('shop').emit({ body: 'ready' })
      `
      const options = ['--require', 'otel-sluice/register', '--input-type=commonjs']
      const { status, stderr } = await run(program, environment, options)
      // Where it is new that an ES module can be required, Node.js says so.
      deepStrictEqual(
        [status, stderr.replace(/.*ExperimentalWarning.*\n.*--trace-warnings.*\n/, '')],
        [0, ''],
      )
      deepStrictEqual(bodies(), ['ready'])
    })

    it('delivers what is queued when SIGTERM ends the process', async () => {
      const program = `${EMITS}
        setInterval(() => {}, 1_000)
        process.kill(process.pid, 'SIGTERM')
      `
      const { signal, stderr } = await run(program, environment)
      deepStrictEqual([signal, stderr], ['SIGTERM', ''])
      deepStrictEqual(bodies(), ['ready'])
    })

    it('has the calls of the facade go the same way, and its handlers get what others log', async () => {
      const program = `
        import { addHandler, log } from 'otel-sluice'
        addHandler('print', ({ message }) => console.log(message))
        ${EMITS}
        log('info', 'by the facade')
      `
      const { stdout, stderr } = await run(program, environment)
      deepStrictEqual([stdout, stderr], ['ready\nby the facade\n', ''])
      deepStrictEqual(bodies(), ['ready', 'by the facade'])
    })

    it('says on stderr which variables are wrong, but not what they hold if that may be a secret', async () => {
      const variables = {
        OTEL_BLRP_MAX_QUEUE_SIZE: 'many',
        OTEL_SLUICE_MODE: 'slidng',
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: '//me:password@localhost',
      }
      const { status, stderr } = await run(EMITS, { ...environment, ...variables })
      deepStrictEqual(stderr.split('\n').sort(), [
        '',
        'otel-sluice: OTEL_BLRP_MAX_QUEUE_SIZE must be a whole number from 1 to 16777216, got "many": the default is used',
        'otel-sluice: OTEL_EXPORTER_OTLP_LOGS_ENDPOINT must be an http or https URL, such as http://localhost:4318/v1/logs: it is not used',
        `otel-sluice: OTEL_SLUICE_MODE must be one of 'dropping', 'blocking', 'sliding', got "slidng": the default is used`,
      ])
      strictEqual(status, 0)
    })

    it('leaves the telling to a diagnostic logger, if there is one', async () => {
      const program = `
        import { diag, DiagConsoleLogger } from '@opentelemetry/api'
        diag.setLogger(Object.assign(new DiagConsoleLogger(), { warn: (line) => console.log(line) }))
        await import('otel-sluice/register')
        diag.warn('still there')
      `
      const { stdout, stderr } = await run(program, { ...environment, OTEL_SLUICE_MODE: 'slidng' }, [
        '--input-type=module',
      ])
      match(stdout, /OTEL_SLUICE_MODE must be.*\nstill there/)
      strictEqual(stderr, '')
    })

    it('is not loaded once more by the export thread, also from NODE_OPTIONS', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
      try {
        const seen = join(folder, 'seen')
        const preload = join(folder, 'preload.mjs')
        writeFileSync(
          preload,
          `import { appendFileSync } from 'node:fs'\nappendFileSync(${JSON.stringify(seen)}, 'loaded\\n')\n`,
        )
        const { status, stderr } = await run(
          EMITS,
          { ...environment, NODE_OPTIONS: `--import ${preload} --import otel-sluice/register` },
          ['--input-type=module'],
        )
        deepStrictEqual([status, stderr], [0, ''])
        deepStrictEqual(bodies(), ['ready'])
        strictEqual(readFileSync(seen, 'utf8'), 'loaded\n')
      } finally {
        rmSync(folder, { recursive: true })
      }
    })

    it('exports from the main thread, and says so, where there may be no other', async () => {
      const permission = process.allowedNodeEnvironmentFlags.has('--permission')
        ? '--permission'
        : '--experimental-permission'
      const { status, stderr } = await run(EMITS, { ...environment, NODE_NO_WARNINGS: '1' }, [
        permission,
        '--allow-fs-read=*',
        '--allow-fs-write=*',
        ...(process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : []),
        '--import',
        'otel-sluice/register',
        '--input-type=module',
      ])
      strictEqual(
        stderr,
        'otel-sluice: register: logs are exported to otlp from the main thread: there may be no other\n',
      )
      strictEqual(status, 0)
      deepStrictEqual(bodies(), ['ready'])
    })

    it('leaves a logger provider alone that there is already', async () => {
      const program = `
        import { logs } from '@opentelemetry/api-logs'
        const emit = ({ body }) => console.log(body)
        logs.setGlobalLoggerProvider({ getLogger: () => ({ emit }) })
        await import('otel-sluice/register')
        logs.getLogger('shop').emit({ body: 'to the one there was' })
      `
      const { stdout, stderr } = await run(program, environment, ['--input-type=module'])
      strictEqual(stdout, 'to the one there was\n')
      match(stderr, /there is a logger provider already/)
      deepStrictEqual(bodies(), [])
    })

    it('exports to several, and to the others if one of them is unknown', async () => {
      const { stdout, stderr } = await run(EMITS, {
        ...environment,
        OTEL_LOGS_EXPORTER: 'otlp, Console, carrier-pigeon',
      })
      match(stdout, /INFO.*shop.*ready/)
      deepStrictEqual(bodies(), ['ready'])
      strictEqual(
        stderr,
        'otel-sluice: register: OTEL_LOGS_EXPORTER must be none or some of otlp, console, otlp/stdout, got ' +
          '"carrier-pigeon": it is ignored\n',
      )
    })

    for (const [variable, value] of [
      ['OTEL_SDK_DISABLED', 'true'],
      ['OTEL_LOGS_EXPORTER', 'none'],
    ] as const) {
      it(`does nothing with ${variable}=${value}`, async () => {
        const program = `${EMITS}
          const key = Symbol.for('io.opentelemetry.js.api.logs')
          console.log(globalThis[key] === undefined, process.listenerCount('SIGTERM'))
        `
        const { stdout, stderr } = await run(program, { ...environment, [variable]: value })
        deepStrictEqual([stdout, stderr], ['true 0\n', ''])
        deepStrictEqual(bodies(), [])
      })
    }
  })

  it('writes a line for people with OTEL_LOGS_EXPORTER=console', async () => {
    const { stdout, stderr } = await run(EMITS, { OTEL_LOGS_EXPORTER: 'console' })
    match(stdout, /^\S+ INFO +shop .*ready.*port.*8080.*\n$/)
    strictEqual(stderr, '')
  })

  it('writes OTLP JSON with OTEL_LOGS_EXPORTER=otlp/stdout', async () => {
    const { stdout } = await run(EMITS, { OTEL_LOGS_EXPORTER: 'otlp/stdout' })
    const lines = stdout.trimEnd().split('\n')
    strictEqual(lines.length, 1)
    ok('resourceLogs' in JSON.parse(lines[0] ?? ''))
  })

  it('lets the application run when there can be no exporter', async () => {
    const { status, stdout, stderr } = await run("console.log('it runs')", {
      OTEL_LOGS_EXPORTER: 'carrier-pigeon',
    })
    deepStrictEqual([status, stdout], [0, 'it runs\n'])
    match(stderr, /carrier-pigeon/)
  })
})
