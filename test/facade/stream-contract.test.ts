import { deepStrictEqual, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MOCHA = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')
const CONTRACT = fileURLToPath(new URL('fixtures/stream-contract.js', import.meta.url))

/** What mocha's JSON reporter tells of a run. */
interface Run {
  readonly passes: readonly { readonly fullTitle: string }[]
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[]
}

describe('every handler for a standard stream is a log record processor:', () => {
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-streams-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('keeps the contract, on this thread and on the export thread', async () => {
    const [stdout, stderr, results] = ['stdout', 'stderr', 'results.json'].map((name) => join(folder, name))
    ok(stdout !== undefined && stderr !== undefined && results !== undefined)
    // In a process whose streams nobody else writes to: those of this one are the test runner's.
    const descriptors = [openSync(stdout, 'a'), openSync(stderr, 'a')] as const
    const options = ['--no-config', '--timeout', '20000', '--reporter', 'json']
    const child = spawn(
      process.execPath,
      [MOCHA, ...options, '--reporter-option', `output=${results}`, CONTRACT],
      {
        stdio: ['ignore', ...descriptors],
        env: { ...process.env, SLUICE_TEST_STDOUT: stdout, SLUICE_TEST_STDERR: stderr },
      },
    )
    await once(child, 'exit')
    for (const descriptor of descriptors) closeSync(descriptor)
    const run: Run = JSON.parse(readFileSync(results, 'utf8'))
    deepStrictEqual(
      run.failures.map(({ fullTitle, err }) => [fullTitle, err.message]),
      [],
    )
    // On this thread once, and in each mode on the other.
    ok(run.passes.length >= 4 * 15, `${run.passes.length} tests`)
  }).timeout(60_000)
})
