import { strictEqual } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
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
    const { stdout, stderr } = await run(process.execPath, [program])
    strictEqual(stderr, 'a line')
    strictEqual(stdout, `${pathToFileURL(real).href}\n`)
  })
})
