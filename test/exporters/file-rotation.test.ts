import { deepEqual, equal, match, ok, throws } from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { diag } from '@opentelemetry/api'
import { createTelemetry, FileLogRecordExporter, file, type RotateOptions } from 'otel-sluice'
import { FileTarget } from '#src/exporters/file-target.js'
import { LineExporter } from '#src/exporters/line-exporter.js'
import { rotateOption } from '#src/exporters/rotate-options.js'
import { logRecord } from '../support/log-records.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'
import { ScriptedPlatform } from '../support/scripted-platform.js'
import { exportTo } from '../support/sdk-records.js'

const CHILD = fileURLToPath(new URL('./fixtures/log-into-rotating-file.js', import.meta.url))
const DAY = 86_400_000

const numbers = (count: number, first = 0) => Array.from({ length: count }, (_, index) => first + index)

describe('a file that rotates', () => {
  let folder: string
  let path: string
  let diagnostics: string[]

  /** Names in the folder: the parts, oldest first, and then the file. */
  async function names(): Promise<string[]> {
    const all = (await readdir(folder)).sort()
    return [...all.filter((name) => name !== 'app.log'), ...all.filter((name) => name === 'app.log')]
  }

  /** All text, in the order in which it was written. */
  async function text(): Promise<string> {
    const contents = (await names()).map(async (name) => {
      const bytes = await readFile(join(folder, name))
      return name.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString()
    })
    return (await Promise.all(contents)).join('')
  }

  /** The numbers that readable lines end with; `NaN` for what is no such line. */
  const logged = (lines: string) =>
    lines.split('\n').map((line) => Number(/^\S+Z (?:INFO|-) \S+ (\d+)$/.exec(line)?.[1] ?? Number.NaN))

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-'))
    path = join(folder, 'app.log')
    diagnostics = recordDiagnostics()
  })

  afterEach(async () => {
    diag.disable()
    await rm(folder, { recursive: true })
  })

  it('refuses wrong options, and says which', () => {
    const wrong: [object, RegExp][] = [
      [{}, /rotate must have maxBytes, interval, or both, got neither/],
      [{ maxBytes: 10 }, /rotate\.maxBytes must be .* got 10/],
      [{ interval: 'hourly' }, /rotate\.interval must be one of 'daily', got "hourly"/],
      [{ interval: 'daily', keep: 0 }, /rotate\.keep/],
      [{ interval: 'daily', gzip: 1 }, /rotate\.gzip/],
    ]
    for (const [rotate, message] of wrong) {
      throws(() => new FileLogRecordExporter({ path, rotate }), message)
      throws(() => file(path, { rotate }), message)
      throws(() => createTelemetry().addFileHandler('file', path, { rotate }), message)
    }
    throws(
      () => Reflect.apply(file, undefined, [path, { rotate: 'daily' }]),
      /rotate must be an object, got "daily"/,
    )
  })

  describe('by size', () => {
    for (const [where, async] of [
      ['here, line by line', false],
      ['on the export thread', { mode: 'blocking', bufferSize: 64 }],
    ] as const) {
      it(`loses and splits no line under load, and keeps to its size (${where})`, async () => {
        const telemetry = createTelemetry()
        const rotate: RotateOptions = { maxBytes: 50_000, keep: 1_000 }
        telemetry.addFileHandler('file', path, { format: 'readable', rotate, async })
        const sent = numbers(10_000)
        for (const number of sent) telemetry.log('info', String(number))
        deepEqual(await telemetry.shutdownTelemetry(), { file: { ok: true } })
        deepEqual(logged((await text()).trimEnd()), sent)
        const all = await names()
        ok(all.length > 8, `${all.length} files`)
        for (const name of all) {
          const part = await readFile(join(folder, name), 'utf8')
          ok(part.endsWith('\n') && part.length <= 50_000)
          equal((await stat(join(folder, name))).mode & 0o777, 0o600)
        }
      })
    }

    it('keeps as many parts as it is told, the latest', async () => {
      const telemetry = createTelemetry()
      const rotate = { maxBytes: 1_024, keep: 3 }
      telemetry.addFileHandler('file', path, { format: 'readable', rotate, async: false })
      telemetry.log('info', '0')
      for (const number of numbers(500, 1)) telemetry.log('info', String(number))
      await telemetry.shutdownTelemetry()
      while ((await names()).length > 4) await nextTurn()
      const kept = logged((await text()).trimEnd())
      equal(kept.at(-1), 500)
      deepEqual(kept, numbers(kept.length, 501 - kept.length))
      deepEqual(
        diagnostics.filter((line) => !line.startsWith('debug')),
        [],
      )
    })

    it('compresses parts in the background, and loses nothing of them', async () => {
      const telemetry = createTelemetry()
      const rotate = { maxBytes: 10_000, keep: 1_000, gzip: true }
      telemetry.addFileHandler('file', path, { format: 'readable', rotate, async: false })
      const sent = numbers(1_000)
      for (const number of sent) telemetry.log('info', String(number))
      await telemetry.shutdownTelemetry()
      const isDone = async () => (await names()).every((name) => /\.gz$|^app\.log$/.test(name))
      while (!(await isDone())) await nextTurn()
      ok((await names()).length > 3)
      deepEqual(logged((await text()).trimEnd()), sent)
    })

    it('leaves alone what only looks like a part', async () => {
      const others = ['app.log.1', 'app.log.bak', 'xapp.log.2026-03-01T09-30-00.000Z-1f0a9c', 'app_log.2026']
      for (const name of others) await writeFile(join(folder, name), '')
      const exporter = new FileLogRecordExporter({
        path,
        format: 'readable',
        rotate: { maxBytes: 1_024, keep: 1 },
      })
      for (const number of numbers(100)) await exportTo(exporter, [logRecord({ body: String(number) })])
      await exporter.shutdown()
      const left = await readdir(folder)
      for (const name of others) ok(left.includes(name), name)
    })

    it('goes on in the file, and says so once, when it cannot be moved', async () => {
      const platform = new ScriptedPlatform()
      const target = new FileTarget(path, platform.fileSystem, rotateOption({ maxBytes: 1_024 }))
      const exporter = new LineExporter(target, 'readable', platform)
      for (const number of numbers(100)) {
        exporter.exportSync([logRecord({ body: String(number) })], { timeoutMillis: 0 })
      }
      equal(platform.lines.length, 100)
      const told = diagnostics.filter((line) => line.includes('cannot rotate'))
      equal(told.length, 1)
      match(told[0] ?? '', /app\.log" \(EACCES\)/)
    })
  })

  describe('killed at any moment', () => {
    for (const where of ['here', 'on the export thread']) {
      it(`leaves whole lines only, but perhaps the last (${where})`, async () => {
        for (let kill = 0; kill < 3; kill++) {
          const child = fork(CHILD, [path, where], { execArgv: [] })
          const exited = once(child, 'exit')
          for (let messages = Math.ceil(Math.random() * 20); messages > 0; messages--)
            await once(child, 'message')
          child.kill('SIGKILL')
          await exited
          const lines = (await text()).split('\n')
          lines.pop()
          ok(lines.length > 500)
          ok((await names()).length > 2)
          deepEqual(logged(lines.join('\n')), numbers(lines.length))
          for (const name of await names()) await rm(join(folder, name))
        }
      })
    }
  })

  describe('daily', () => {
    const NOON = Date.UTC(2026, 2, 1, 12)
    let now: number
    let target: FileTarget

    const open = () => fs.fstatSync(target.open(1).fd).ino

    beforeEach(() => {
      now = NOON
      target = new FileTarget(path, fs, rotateOption({ interval: 'daily' }), () => now)
    })

    afterEach(() => target.close())

    it('rotates with the first line of another day', async () => {
      const first = open()
      await writeFile(path, 'a line\n')
      await utimes(path, now / 1_000, now / 1_000)
      now = Date.UTC(2026, 2, 1, 23, 59, 59)
      equal(open(), first)
      now += 1_000
      ok(open() !== first)
      match((await names())[0] ?? '', /^app\.log\.2026-03-02T00-00-00\.000Z-[0-9a-f]{6}$/)
    })

    it('rotates a file of another day that an earlier process left', async () => {
      await writeFile(path, 'a line\n')
      await utimes(path, (now - DAY) / 1_000, (now - DAY) / 1_000)
      open()
      equal((await names()).length, 2)
    })

    it('does not rotate an empty file', async () => {
      await writeFile(path, '')
      await utimes(path, (now - DAY) / 1_000, (now - DAY) / 1_000)
      open()
      deepEqual(await names(), ['app.log'])
    })

    it('does not rotate within a batch', async () => {
      await writeFile(path, 'half a li')
      await utimes(path, (now - DAY) / 1_000, (now - DAY) / 1_000)
      target.open()
      deepEqual(await names(), ['app.log'])
    })
  })

  describe('that somebody else moves', () => {
    it('is begun anew within a second, whether it rotates or not', async () => {
      let now = 0
      const target = new FileTarget(path, fs, undefined, () => now)
      const open = () => fs.fstatSync(target.open(1).fd).ino
      const first = open()
      await rename(path, join(folder, 'app.log.1'))
      now = 999
      equal(open(), first)
      now = 1_000
      ok(open() !== first)
      deepEqual(await names(), ['app.log.1', 'app.log'])
      target.close()
    })

    it('is not rotated once more where another process has rotated it', async () => {
      const rotate = rotateOption({ maxBytes: 1_024 })
      const [one, other] = [new FileTarget(path, fs, rotate), new FileTarget(path, fs, rotate)]
      fs.writeSync(one.open(1_000).fd, 'x'.repeat(1_000))
      other.open(1)
      one.open(1_000)
      fs.writeSync(one.open(1_000).fd, 'x')
      other.open(1_000)
      equal((await names()).length, 2)
      equal(fs.readFileSync(path, 'utf8'), 'x')
      one.close()
      other.close()
    })
  })
})
