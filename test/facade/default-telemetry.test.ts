import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import * as sluice from 'otel-sluice'

const run = promisify(execFile)
const DIST = fileURLToPath(new URL('.', import.meta.resolve('otel-sluice')))

describe('the default telemetry', () => {
  afterEach(() => sluice.shutdownTelemetry())

  it('is shared by the ES module and the CommonJS doors', () => {
    const required: typeof sluice = createRequire(import.meta.url)('otel-sluice')
    const seen: unknown[] = []
    required.addHandler('observer', ({ message }) => void seen.push(message))
    sluice.log('info', 'by import')
    required.log('info', 'by require')
    assert.deepEqual(seen, ['by import', 'by require'])
    assert.equal(required.telemetry, sluice.telemetry)
  })

  it('is shared by several copies of the package', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
    try {
      await cp(DIST, join(folder, 'dist'), { recursive: true })
      await cp(join(DIST, '../package.json'), join(folder, 'package.json'))
      await symlink(join(DIST, '../node_modules'), join(folder, 'node_modules'), 'junction')
      const copy: typeof sluice = await import(pathToFileURL(join(folder, 'dist/index.js')).href)
      assert.notEqual(copy.createTelemetry, sluice.createTelemetry)
      const seen: unknown[] = []
      sluice.addHandler('observer', ({ message }) => void seen.push(message))
      copy.log('info', 'by the copy')
      assert.deepEqual(seen, ['by the copy'])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('has each of its methods as a bare function, and is not attached to anything by that', () => {
    const { processor, ...methods } = Object.getOwnPropertyDescriptors(sluice.telemetry)
    assert.ok(processor?.get)
    for (const name of Object.keys(methods)) {
      assert.equal(Reflect.get(sluice, name), Reflect.get(sluice.telemetry, name), name)
    }
  })

  it('tells of a failing handler in one line on stderr, without what it says', async () => {
    const program = `
      import { addHandler, log } from 'otel-sluice'
      addHandler('broken', () => { throw new RangeError('a secret') })
      for (let i = 0; i < 1000; i++) log('info', 'a secret')
    `
    const { stderr } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    })
    assert.equal(stderr, 'otel-sluice: handler "broken" failed, last with RangeError\n')
  })
})
