import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SourcePositions } from '#src/facade/source-positions.js'

/** Line 1 comes from line 3 of the source; line 2 was added by the compiler. */
const MAP = { version: 3, sources: ['src/shop.ts'], names: [], mappings: 'AAEA;A;' }

// None of these files is loaded, so Node.js knows of no source map of theirs: it is the same as without
// --enable-source-maps.
describe('the position of running code in its source', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  function written(name: string, text: string): string {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }

  /** A compiled file that names its map so. */
  function compiled(reference: string): string {
    return written('shop.js', `work()\nhelper()\n//# sourceMappingURL=${reference}\n`)
  }

  function withMap(map: unknown = MAP): string {
    return compiled(basename(written('shop.js.map', JSON.stringify(map))))
  }

  function inSource(line = 3) {
    return { file: join(folder, 'src/shop.ts'), line }
  }

  it('is found through the map beside the file, by path and by URL', () => {
    const file = withMap()
    assert.deepEqual(new SourcePositions().original(file, 1, 1), inSource())
    assert.deepEqual(new SourcePositions().original(pathToFileURL(file).href, 1, 5), inSource())
  })

  it('is found through a map inside the file', () => {
    const json = JSON.stringify(MAP)
    const base64 = `data:application/json;charset=utf-8;base64,${Buffer.from(json).toString('base64')}`
    assert.deepEqual(new SourcePositions().original(compiled(base64), 1, 1), inSource())
    const escaped = `data:application/json,${encodeURIComponent(json)}`
    assert.deepEqual(new SourcePositions().original(compiled(escaped), 1, 1), inSource())
  })

  it('is found below the root that the map names', () => {
    const file = withMap({ ...MAP, sourceRoot: 'lib/', sources: ['shop.ts'] })
    assert.equal(new SourcePositions().original(file, 1, 1).file, join(folder, 'lib/shop.ts'))
  })

  it('keeps the name of a source that is in no file', () => {
    const file = withMap({ ...MAP, sources: ['webpack://shop/src/shop.ts'] })
    assert.equal(new SourcePositions().original(file, 1, 1).file, 'webpack://shop/src/shop.ts')
  })

  it('is found through what Node.js knows of a file that it loaded', async () => {
    const file = withMap()
    const { sourceMapsEnabled } = process
    process.setSourceMapsEnabled(true)
    try {
      await import(pathToFileURL(file).href).catch(() => undefined)
    } finally {
      process.setSourceMapsEnabled(sourceMapsEnabled)
    }
    rmSync(file)
    assert.deepEqual(new SourcePositions().original(file, 1, 1), inSource())
  })

  it('is that of the running code where a compiler added it', () => {
    const file = withMap()
    assert.deepEqual(new SourcePositions().original(file, 2, 1), { file, line: 2 })
  })

  const wrong: [string, () => string][] = [
    ['there is no map', () => compiled('missing.map')],
    ['the file names none', () => written('plain.js', 'work()\n')],
    ['the file is gone', () => join(folder, 'gone.js')],
    ['the map is no JSON', () => compiled(basename(written('bad.map', '<html>')))],
    ['the map is none', () => withMap([])],
    ['the map is elsewhere', () => compiled('https://localhost/shop.js.map')],
    ['the code is in no file', () => '[eval]'],
    ['the code is of Node.js', () => 'node:internal/timers'],
  ]
  for (const [name, make] of wrong) {
    it(`is that of the running code when ${name}`, () => {
      const file = make()
      assert.deepEqual(new SourcePositions().original(file, 1, 1), { file, line: 1 })
    })
  }

  it('reads a file once, whether it has a map or not', () => {
    const positions = new SourcePositions()
    const file = withMap()
    const plain = join(folder, 'plain.js')
    positions.original(file, 1, 1)
    positions.original(plain, 1, 1)
    rmSync(file)
    written('plain.js', 'work()\n//# sourceMappingURL=shop.js.map\n')
    assert.deepEqual(positions.original(file, 1, 1), inSource())
    assert.deepEqual(positions.original(plain, 1, 1), { file: plain, line: 1 })
  })

  it('forgets the oldest of more than a thousand files', () => {
    const positions = new SourcePositions()
    const file = withMap()
    positions.original(file, 1, 1)
    for (let i = 0; i < 999; i++) positions.original(`[eval ${i}]`, 1, 1)
    rmSync(file)
    assert.deepEqual(positions.original(file, 1, 1), inSource())
    positions.original('[one more]', 1, 1)
    assert.deepEqual(positions.original(file, 1, 1), { file, line: 1 })
  })
})
