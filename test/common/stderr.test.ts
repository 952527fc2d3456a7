import { strictEqual } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const STDERR_MODULE = import.meta.resolve('#src/common/stderr.js')

describe('what is written to stderr', () => {
  let folder: string

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-stderr-')))
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  it('leaves Node.js to resolve symbolic links of packages, also when stderr is a pipe', async () => {
    const real = join(folder, 'packages', 'linked', 'index.mjs')
    mkdirSync(join(folder, 'packages', 'linked'), { recursive: true })
    mkdirSync(join(folder, 'node_modules'))
    writeFileSync(real, 'export const url = import.meta.url\n')
    symlinkSync(join(folder, 'packages', 'linked'), join(folder, 'node_modules', 'linked'))
    const program = join(folder, 'program.mjs')
    writeFileSync(
      program,
      `import { writeToStderr } from ${JSON.stringify(STDERR_MODULE)}
      writeToStderr('a line')
      const { url } = await import('./node_modules/linked/index.mjs')
      console.log(url)`,
    )
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk
    })
    await once(child, 'close')
    strictEqual(stderr, 'a line')
    strictEqual(stdout, `${pathToFileURL(real).href}\n`)
  })
})
