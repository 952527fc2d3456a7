import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { execFileSync, type StdioOptions, spawn } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { HandlerStats } from 'otel-sluice'
import { OtlpReceiver } from '../support/otlp-receiver.js'

const PROGRAM = fileURLToPath(new URL('fixtures/stalled-program.js', import.meta.url))
const COUNT = 2_000

describe('a handler that is stalled, and one whose disk is full,', () => {
  let receiver: OtlpReceiver
  let folder: string

  before(function () {
    if (process.platform !== 'linux') {
      console.log('skipped: only Linux has /dev/full')
      this.skip()
    }
  })
  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
    folder = mkdtempSync(join(tmpdir(), 'sluice-stalled-'))
  })
  afterEach(async () => {
    await receiver.close()
    rmSync(folder, { recursive: true })
  })

  /** A pipe that nobody reads, as a shell makes them: Node's own are sockets. */
  function pipe(): number {
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    return openSync(path, constants.O_RDWR)
  }

  for (const [what, open] of [
    ['a pipe', pipe],
    ['a socket', () => 'pipe' as const],
  ] as const) {
    for (const poolSize of ['4', '1']) {
      it(`do not delay OTLP behind another (${what}, UV_THREADPOOL_SIZE=${poolSize})`, async () => {
        const stdout = open()
        const stdio: StdioOptions = ['ignore', stdout, 'pipe']
        const env = { ...process.env, UV_THREADPOOL_SIZE: poolSize }
        const child = spawn(process.execPath, [PROGRAM, receiver.url, String(COUNT)], { stdio, env })
        ok(child.stderr !== null)
        const lines: string[] = []
        for await (const line of createInterface({ input: child.stderr })) {
          lines.push(line)
          if (line.startsWith('{')) break
        }
        child.kill('SIGKILL')
        strictEqual(receiver.records.length, COUNT)
        const { stalled }: { stalled: HandlerStats } = JSON.parse(lines.pop() ?? '')
        strictEqual(stalled.errors, 0)
        ok(stalled.processed < COUNT, 'stdout has been stalled all the time')
        deepStrictEqual(lines, [
          'otel-sluice: handler "full" failed 512 times, last with ExportFailedError (ENOSPC)',
        ])
        if (typeof stdout === 'number') closeSync(stdout)
      })
    }
  }
})
