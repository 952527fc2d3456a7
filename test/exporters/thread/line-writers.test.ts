import { deepStrictEqual, notStrictEqual, strictEqual } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileTarget } from '#src/exporters/file-target.js'
import { systemPlatform } from '#src/exporters/platform.js'
import { LineWriters } from '#src/exporters/thread/line-writers.js'

describe('LineWriters', () => {
  let folder: string
  let writers: LineWriters

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-writers-'))
    writers = new LineWriters(systemPlatform)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const open = (name: string) =>
    writers.open(new FileTarget(join(folder, name), systemPlatform.fileSystem), false)

  it('have one writer for one target, and another for another', () => {
    const [a, again, b] = [open('a'), open('a'), open('b')]
    strictEqual(a.writer, again.writer)
    notStrictEqual(a.writer, b.writer)
    for (const { close } of [a, again, b]) close()
  })

  it('close a target with its last use, and open it anew for the next', async () => {
    const [first, second] = [open('a'), open('a')]
    first.close()
    first.close()
    const written = await new Promise((resolve) => {
      second.writer.add('line\n', (wholeLines, error) => resolve([wholeLines, error]))
      second.writer.start()
    })
    deepStrictEqual(written, [1, undefined])
    const failed = new Promise((resolve) => second.writer.add('never\n', (lines) => resolve(lines)))
    second.close()
    strictEqual(await failed, 0)
    const third = open('a')
    notStrictEqual(third.writer, second.writer)
    third.close()
    strictEqual(readFileSync(join(folder, 'a'), 'utf8'), 'line\n')
  })
})
