import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, cpSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runProgram } from '../support/child-program.js'
import { ROOT } from '../support/code-blocks.js'
import { leaveOut } from '../support/leave-out.js'
import { accept, hang, OtlpReceiver, status } from '../support/otlp-receiver.js'
import type { EndingProgram } from './fixtures/ending-program.js'
import { RECORDS } from './fixtures/logging.js'

const run = promisify(execFile)
const FIXTURES = 'processors/fixtures'
const ENDING_PROGRAM = fileURLToPath(new URL('fixtures/ending-program.js', import.meta.url))

describe('the end of a process', () => {
  let receiver: OtlpReceiver
  let folder: string

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
    folder = mkdtempSync(join(tmpdir(), 'sluice-surroundings-'))
  })

  afterEach(async () => {
    await receiver.close()
    rmSync(folder, { recursive: true })
  })

  const ending = (program: Partial<EndingProgram>): string =>
    JSON.stringify({ to: { thread: receiver.url }, records: 10, ending: 'exit', ...program })
  const bodiesOf = (...loggers: string[]) =>
    loggers.flatMap((who) => Array.from({ length: RECORDS }, (_, i) => `${who} ${i}`)).sort()
  const received = () => receiver.records.map(({ body }) => String(body)).sort()

  it('waits for several processors at the same time', async () => {
    const second = await OtlpReceiver.start()
    // The first one takes nothing until the second one has been asked, too.
    receiver.behaviour = () => (second.requests.length > 0 ? accept : status(503))
    try {
      const end = await runProgram(`${FIXTURES}/two-receivers-program.js`, '5000', receiver.url, second.url)
      deepStrictEqual([end.stderr, end.status], ['', 3])
    } finally {
      await second.close()
    }
  })

  it('names all processors in its one line that have lost records', async () => {
    receiver.behaviour = () => hang
    const program = `${FIXTURES}/two-receivers-program.js`
    const end = await runProgram(program, '300', receiver.url, receiver.url)
    strictEqual(end.status, 3)
    strictEqual(
      end.stderr,
      `otel-sluice: receiver 0 (${RECORDS}), receiver 1 (${RECORDS}): ` +
        `the process ended before ${2 * RECORDS} log records were delivered\n`,
    )
  })

  it("loses nothing of the application's own worker threads that end by themselves", async () => {
    const { stdout, stderr, status: code } = await runProgram(`${FIXTURES}/threads-program.js`, receiver.url)
    deepStrictEqual([stderr, code], ['', 0])
    deepStrictEqual(JSON.parse(stdout), [0, 5, 1])
    deepStrictEqual(received(), bodiesOf('exit', 'main', 'normal', 'throw'))
  })

  it('loses nothing of a cluster, however its processes end', async () => {
    const { stdout, stderr, status: code } = await runProgram(`${FIXTURES}/cluster-program.js`, receiver.url)
    deepStrictEqual([stderr, code], ['', 0])
    deepStrictEqual(JSON.parse(stdout), [0, 'SIGTERM', 0, 'SIGINT'])
    deepStrictEqual(received(), bodiesOf('disconnected', 'killed', 'left alone', 'primary', 'signalled'))
  })

  describe('with several copies of the package', () => {
    const copy = join(ROOT, 'build', `copy-${process.pid}`)
    const program = `${FIXTURES}/copies-program.js`
    const folders = [ROOT, copy].map((root) => join(root, 'dist'))

    before(() => {
      for (const part of ['dist', 'package.json']) {
        cpSync(join(ROOT, part), join(copy, part), { recursive: true })
      }
    })
    after(() => rmSync(copy, { recursive: true }))

    it('has one listener for all, which delivers what each has', async () => {
      const { stdout, stderr, status: code } = await runProgram(program, receiver.url, ...folders)
      deepStrictEqual([stderr, code], ['', 3])
      strictEqual(JSON.parse(stdout).length, 1)
      strictEqual(receiver.records.length, 4)
    })

    it('says in one line for all what is lost, after one deadline', async () => {
      receiver.behaviour = () => hang
      const { stderr, millis } = await runProgram(program, receiver.url, ...folders)
      strictEqual(stderr.match(/\n/g)?.length, 1)
      ok(stderr.endsWith(': the process ended before 4 log records were delivered\n'), stderr)
      ok(millis < 4_000, `${millis} ms`)
    })
  })

  it("is the application's own where it replaces process.exit", async () => {
    const { stderr, status: code } = await runProgram(
      `${FIXTURES}/ending-program.js`,
      ending({ overridesExit: true }),
    )
    deepStrictEqual([stderr, code], ['', 9])
    strictEqual(receiver.records.length, 10)
  })

  it('comes without a word of the permission model where threads and reading are allowed', async () => {
    const permission = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission'
    const options = [permission, '--allow-worker', '--allow-fs-read=*', '--no-warnings']
    const program = ending({ options: { exitHook: { signals: true } } })
    await run(process.execPath, [...options, ENDING_PROGRAM, program], { timeout: 15_000 }).then(
      () => Promise.reject(new Error('the status was 0')),
      ({ code, stderr }: { readonly code: number; readonly stderr: string }) =>
        deepStrictEqual([stderr, code], ['', 3]),
    )
    strictEqual(receiver.records.length, 10)
  })

  describe('with stdin, stdout and stderr closed, and files in their place,', () => {
    for (const [what, behaviour, arrived] of [
      ['delivers everything', accept, 10],
      ['says nowhere what is lost', hang, 0],
    ] as const) {
      it(what, async () => {
        receiver.behaviour = () => behaviour
        const file = join(folder, 'data')
        const options = { exitTimeoutMillis: 300 }
        const program = ending({ closesStreamsFor: file, ...(arrived === 0 && { options }) })
        const { status: code } = await runProgram(`${FIXTURES}/ending-program.js`, program)
        strictEqual(code, 3)
        strictEqual(readFileSync(file, 'utf8'), '')
        strictEqual(receiver.records.length, arrived)
      })
    }
  })

  describe('that has lost records comes all the same when stderr', () => {
    // Without an export thread: Node.js itself opens stderr for one.
    const lossy = () => ending({ to: 'stuck', options: { exitTimeoutMillis: 100 } })
    const endOf = async (args: readonly string[], stderr: number | 'pipe') => {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', stderr], timeout: 10_000 })
      child.stderr?.destroy()
      const [code]: unknown[] = await once(child, 'exit')
      return code
    }

    it('is a pipe that nobody reads any more', async () => {
      strictEqual(await endOf([ENDING_PROGRAM, lossy()], 'pipe'), 3)
    })

    it('is a pipe that is full, and that writing to would wait', async function () {
      if (process.platform === 'win32') leaveOut(this, 'Windows has no named pipes of this kind')
      const path = join(folder, 'pipe')
      execFileSync('mkfifo', [path])
      const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
      const writer = openSync(path, constants.O_WRONLY)
      try {
        for (const length of [65_536, 1]) fill(reader, length)
        strictEqual(await endOf([ENDING_PROGRAM, lossy()], writer), 3)
      } finally {
        closeSync(reader)
        closeSync(writer)
      }
    })
  })
})

/** Writes so many bytes at a time until no more fit. */
function fill(fd: number, length: number): void {
  const bytes = Buffer.alloc(length)
  try {
    for (;;) writeSync(fd, bytes)
  } catch {
    // It is full.
  }
}
