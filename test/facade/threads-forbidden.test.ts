import { match, strictEqual } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { permissionFlag } from '../support/permission-flag.js'

const PROGRAM = fileURLToPath(new URL('fixtures/forbidden-program.js', import.meta.url))

describe('where threads are forbidden', () => {
  it('a file handler exports on the thread that logs, and says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-forbidden-'))
    const path = join(folder, 'app.log')
    const options = [permissionFlag(), '--allow-fs-read=*', '--allow-fs-write=*']
    const { stderr } = await promisify(execFile)(process.execPath, [...options, PROGRAM, path])
    match(stderr, /otel-sluice: handler "app" exports on this thread: there may be no other/)
    const lines = readFileSync(path, 'utf8').split('\n')
    strictEqual(lines.length, 2)
    match(lines[0] ?? '', / INFO otel-sluice written$/)
    rmSync(folder, { recursive: true })
  })
})
