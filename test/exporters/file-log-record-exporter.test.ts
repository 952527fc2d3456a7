import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { diag } from '@opentelemetry/api'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { FileLogRecordExporter } from 'otel-sluice'
import { failedRecords } from '#src/exporters/partial-export-error.js'
import { decodeJson } from '../support/decode-otlp.js'
import { leaveOut } from '../support/leave-out.js'
import { logRecord } from '../support/log-records.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'
import { exportTo } from '../support/sdk-records.js'

const CHILD = fileURLToPath(new URL('./fixtures/exit-while-writing.js', import.meta.url))

const records = (...bodies: string[]): ReadableLogRecord[] => bodies.map((body) => logRecord({ body }))

/** How many of the records failed, and the code of the system error that was why. */
async function failure(exporter: FileLogRecordExporter, logs: ReadableLogRecord[]): Promise<unknown[]> {
  const error: unknown = await exportTo(exporter, logs).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  ok(error instanceof Error && error.cause instanceof Error && 'code' in error.cause)
  return [failedRecords(error, logs.length), error.cause.code]
}

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

describe('FileLogRecordExporter', () => {
  let directory: string
  let exporter: FileLogRecordExporter
  let diagnostics: string[]

  /** The bodies of the records in a file, in their order. */
  async function bodiesIn(path: string): Promise<unknown[]> {
    const text = await readFile(path, 'utf8')
    ok(text.endsWith('\n'))
    return text
      .slice(0, -1)
      .split('\n')
      .flatMap((line) => decodeJson(line).map(({ body }) => body))
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-'))
    diagnostics = recordDiagnostics()
  })

  afterEach(async () => {
    diag.disable()
    await exporter?.shutdown()
    await rm(directory, { recursive: true })
  })

  it('refuses wrong options, and says which', () => {
    const make = (options: object | undefined) => () =>
      Reflect.construct(FileLogRecordExporter, [options]) as unknown
    throws(make(undefined), { name: 'TypeError', message: /^path must be a string that is not empty/ })
    throws(make({ path: '' }), { name: 'TypeError', message: /^path .*got ""/ })
    throws(make({ path: 7 }), { name: 'TypeError', message: /^path .*got 7/ })
    throws(make({ path: 'a\0b' }), { name: 'TypeError', message: /^path must be without NUL/ })
    throws(make({ path: 'a', format: 1 }), { name: 'TypeError', message: /^format .*got 1/ })
  })

  it('fails records for a directory, without throwing', async () => {
    exporter = new FileLogRecordExporter({ path: directory })
    deepEqual(await failure(exporter, records('a', 'b')), [2, 'ERR_SLUICE_NOT_A_FILE'])
    throws(() => exporter.exportSync(records('c'), { timeoutMillis: 1000 }))
  })

  it('fails records for a path that cannot be, says so once, and begins when it can', async () => {
    const inTheWay = join(directory, 'logs')
    await writeFile(inTheWay, '')
    const path = join(inTheWay, 'app.log')
    exporter = new FileLogRecordExporter({ path })
    deepEqual(await failure(exporter, records('a', 'b')), [2, 'ENOTDIR'])
    deepEqual(await failure(exporter, records('c')), [1, 'ENOTDIR'])
    await rm(inTheWay)
    await exportTo(exporter, records('d'))
    deepEqual(await bodiesIn(path), ['d'])
    deepEqual(diagnostics, [
      `error: otel-sluice: cannot write to ${JSON.stringify(path)} (ENOTDIR); every export tries again`,
      `info: otel-sluice: writing to ${JSON.stringify(path)} again, after 3 failed records`,
    ])
  })

  it('never waits for the reader of a FIFO: it refuses one', async function () {
    if (process.platform === 'win32') leaveOut(this, 'Windows has no FIFOs in its file system')
    const path = join(directory, 'fifo')
    execFileSync('mkfifo', [path])
    exporter = new FileLogRecordExporter({ path })
    deepEqual(await failure(exporter, records('a')), [1, 'ERR_SLUICE_NOT_A_FILE'])
  })

  it('counts what a full device does not take', async function () {
    if (process.platform !== 'linux') leaveOut(this, 'only Linux has /dev/full')
    exporter = new FileLogRecordExporter({ path: '/dev/full' })
    deepEqual(await failure(exporter, records('a', 'b')), [2, 'ENOSPC'])
    equal(diagnostics.length, 1)
  })

  it('writes to a character device', async function () {
    if (process.platform === 'win32') leaveOut(this, 'Windows has no /dev/null')
    exporter = new FileLogRecordExporter({ path: '/dev/null' })
    await exportTo(exporter, records('a'))
    equal(exporter.exportSync(records('b'), { timeoutMillis: 0 }), true)
    deepEqual(diagnostics, [])
  })

  it('makes the file and its directories for nobody but its owner', async function () {
    if (process.platform === 'win32') leaveOut(this, 'Windows has no such permissions')
    const path = join(directory, 'a', 'b', 'app.log')
    exporter = new FileLogRecordExporter({ path })
    await exportTo(exporter, records('a'))
    equal(await modeOf(path), 0o600)
    equal(await modeOf(join(directory, 'a', 'b')), 0o700)
    equal(await modeOf(join(directory, 'a')), 0o700)
  })

  it('appends to a file that is there, and leaves its permissions alone', async () => {
    const path = join(directory, 'app.log')
    exporter = new FileLogRecordExporter({ path })
    await exportTo(exporter, records('a'))
    await exporter.shutdown()
    await chmod(path, 0o640)
    exporter = new FileLogRecordExporter({ path })
    await exportTo(exporter, records('b'))
    deepEqual(await bodiesIn(path), ['a', 'b'])
    if (process.platform !== 'win32') equal(await modeOf(path), 0o640)
  })

  it('means the path as it was when the exporter was made', async () => {
    const path = relative(process.cwd(), join(directory, 'app.log'))
    exporter = new FileLogRecordExporter({ path, format: 'readable' })
    const before = process.cwd()
    await mkdir(join(directory, 'elsewhere'))
    process.chdir(join(directory, 'elsewhere'))
    try {
      await exportTo(exporter, records('a'))
    } finally {
      process.chdir(before)
    }
    await rmdir(join(directory, 'elsewhere'))
    equal(await readFile(join(directory, 'app.log'), 'utf8'), '2023-11-14T22:13:20.000Z - test a\n')
  })

  it('keeps the order of exports that were handed over at once, and of a synchronous one behind them', async () => {
    const path = join(directory, 'app.log')
    exporter = new FileLogRecordExporter({ path })
    const first = exportTo(exporter, records('a', 'b'))
    const second = exportTo(exporter, records('c'))
    equal(exporter.exportSync(records('d'), { timeoutMillis: 10_000 }), true)
    await Promise.all([first, second])
    deepEqual(await bodiesIn(path), ['a', 'b', 'c', 'd'])
  })

  it('has written all that was handed over when a flush resolves, and when the shutdown does', async () => {
    const path = join(directory, 'app.log')
    exporter = new FileLogRecordExporter({ path })
    exporter.export(records('a'), () => {})
    await exporter.forceFlush()
    deepEqual(await bodiesIn(path), ['a'])
    exporter.export(records('b'), () => {})
    await exporter.shutdown()
    deepEqual(await bodiesIn(path), ['a', 'b'])
  })

  it('shares a file with another writer, and tears no line of either', async () => {
    const path = join(directory, 'app.log')
    exporter = new FileLogRecordExporter({ path })
    const other = new FileLogRecordExporter({ path })
    const names = Array.from({ length: 200 }, (_, number) => String(number))
    await Promise.all([exportTo(exporter, records(...names)), exportTo(other, records(...names))])
    await other.shutdown()
    equal((await bodiesIn(path)).length, 400)
  })

  it('loses nothing of a write that is under way when the process exits', async () => {
    const path = join(directory, 'app.log')
    await promisify(execFile)(process.execPath, [CHILD, path, '20000'])
    deepEqual((await bodiesIn(path)).length, 20_000)
  })

  it('puts what is exported at exit behind a write that is under way', async () => {
    const path = join(directory, 'app.log')
    const child = spawn(process.execPath, [CHILD, path, '20000', 'synchronous'], { stdio: 'inherit' })
    const [code]: unknown[] = await once(child, 'exit')
    equal(code, 0)
    const bodies = await bodiesIn(path)
    equal(bodies.length, 40_000)
    deepEqual([bodies[0], bodies[19_999]], ['background 0', 'background 19999'])
    deepEqual([bodies[20_000], bodies[39_999]], ['synchronous 0', 'synchronous 19999'])
  })
})
