import { deepStrictEqual, match, strictEqual } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { OtlpReceiver } from '../../support/otlp-receiver.js'
import { permissionFlag } from '../../support/permission-flag.js'

const run = promisify(execFile)
const PROGRAM = fileURLToPath(new URL('fixtures/worker-counting-program.js', import.meta.url))
const PRELOADED = fileURLToPath(new URL('fixtures/preloaded.js', import.meta.url))

describe('the start of the export thread', () => {
  let receiver: OtlpReceiver
  let folder: string
  let marks: string

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
    folder = mkdtempSync(join(tmpdir(), 'sluice-preload-'))
    marks = join(folder, 'marks')
  })

  afterEach(async () => {
    await receiver.close()
    rmSync(folder, { recursive: true })
  })

  async function start(options: readonly string[], nodeOptions: string): Promise<string> {
    const environment = {
      NODE_OPTIONS: nodeOptions,
      PRELOADED_MARKS: marks,
      OTEL_EXPORTER_OTLP_ENDPOINT: new URL(receiver.url).origin,
    }
    const child = run(process.execPath, [...options, PROGRAM], {
      env: { ...process.env, ...environment },
      timeout: 15_000,
    })
    return (await child).stdout
  }

  for (const [description, options, nodeOptions] of [
    ['--import', ['--import', PRELOADED], ''],
    ['--require', ['--require', PRELOADED], ''],
    ['--import in NODE_OPTIONS', [], `--import ${PRELOADED}`],
    ['--require in NODE_OPTIONS', [], `--require "${PRELOADED}"`],
  ] as const) {
    it(`is one, though ${description} loads a module that uses the library`, async () => {
      strictEqual(await start(options, nodeOptions), '1')
      strictEqual(readFileSync(marks, 'utf8'), '0\n')
      deepStrictEqual(receiver.records.map(({ body }) => String(body)).sort(), ['preloaded', 'program'])
    })
  }

  for (const option of ['--use-openssl-ca', '--title=shop', '--no-warnings --trace-sigint']) {
    it(`is not hindered by NODE_OPTIONS that only a process can have: ${option}`, async () => {
      strictEqual(await start([], option), '1')
      strictEqual(receiver.records.length, 1)
    })
  }

  it('says what to do where threads are forbidden', async () => {
    await start([permissionFlag(), '--allow-fs-read=*'], '').then(
      () => Promise.reject(new Error('it started')),
      ({ stderr }: { readonly stderr: string }) =>
        match(stderr, /allow it with --allow-worker, or give an exporter object/),
    )
  })
})
