import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { execFileSync, type StdioOptions, spawn, spawnSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { HandlerStats } from 'otel-sluice'
import { leaveOut } from '../support/leave-out.js'
import { OtlpReceiver } from '../support/otlp-receiver.js'

const PROGRAM = fileURLToPath(new URL('fixtures/stalled-program.js', import.meta.url))
const COUNT = 2_000

describe('a handler that is stalled, and one whose disk is full,', () => {
  let receiver: OtlpReceiver
  let folder: string

  before(function () {
    if (process.platform !== 'linux') leaveOut(this, 'only Linux has /dev/full')
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

  /** Runs the program, and gives what it says on stderr until it has said what became of the records. */
  async function run(
    command: string,
    args: readonly string[],
    stdio: StdioOptions,
    poolSize: string,
  ): Promise<string[]> {
    const child = spawn(command, args, { stdio, env: { ...process.env, UV_THREADPOOL_SIZE: poolSize } })
    const said = child.stdio[3]
    ok(said instanceof Readable)
    const lines: string[] = []
    for await (const line of createInterface({ input: said })) {
      lines.push(line)
      if (line.startsWith('{')) break
    }
    child.kill('SIGKILL')
    return lines
  }

  function check(lines: string[]): void {
    strictEqual(receiver.records.length, COUNT)
    const { stalled }: { stalled: HandlerStats } = JSON.parse(lines.pop() ?? '')
    strictEqual(stalled.errors, 0)
    ok(stalled.processed < COUNT, 'stdout has been stalled all the time')
    deepStrictEqual(lines, [
      'otel-sluice: handler "full" failed 512 times, last with ExportFailedError (ENOSPC)',
    ])
  }

  for (const poolSize of ['4', '1']) {
    const program = () => `exec '${process.execPath}' '${PROGRAM}' '${receiver.url}' ${COUNT} 2>&3`

    it(`do not delay OTLP behind another (a pipe, UV_THREADPOOL_SIZE=${poolSize})`, async () => {
      const stdout = pipe()
      check(await run('sh', ['-c', program()], ['ignore', stdout, 'inherit', 'pipe'], poolSize))
      closeSync(stdout)
    })

    it(`do not delay OTLP behind another (a socket, UV_THREADPOOL_SIZE=${poolSize})`, async () => {
      check(await run('sh', ['-c', program()], ['ignore', 'pipe', 'inherit', 'pipe'], poolSize))
    })

    it(`do not delay OTLP behind another (a terminal, UV_THREADPOOL_SIZE=${poolSize})`, async function () {
      if (spawnSync('script', ['--version']).error !== undefined)
        leaveOut(this, 'the program "script", which makes terminals, is not installed')
      // Nobody reads what the terminal shows.
      const stdout = pipe()
      const args = ['-qefc', program(), '/dev/null']
      check(await run('script', args, ['ignore', stdout, 'inherit', 'pipe'], poolSize))
      closeSync(stdout)
    })
  }
})
