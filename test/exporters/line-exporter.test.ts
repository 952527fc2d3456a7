import { deepEqual, equal, match, ok, rejects, throws } from 'node:assert/strict'
import { diag } from '@opentelemetry/api'
import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { FileTarget } from '#src/exporters/file-target.js'
import { LineExporter } from '#src/exporters/line-exporter.js'
import { failedRecords } from '#src/exporters/partial-export-error.js'
import { StreamTarget } from '#src/exporters/stream-target.js'
import { logRecord } from '../support/log-records.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'
import { ScriptedPlatform, type WriteOutcome } from '../support/scripted-platform.js'

/** Records whose lines end with these texts. */
function records(...bodies: string[]): ReadableLogRecord[] {
  return bodies.map((body) => logRecord({ body }))
}

const unreadable = logRecord({
  attributes: {
    get secret(): string {
      throw new Error('unreadable')
    },
  },
})

/** The bodies of the lines that have arrived, and `torn` for what is not a whole line. */
function arrived(platform: ScriptedPlatform): string[] {
  return platform.lines.map((line) => /^2023-11-14T\S+ - test (.*)\.$/.exec(line)?.[1] ?? 'torn')
}

/** How many bytes a line of `records` has whose body is one character and the full stop. */
const LINE = '2023-11-14T22:13:20.000Z - test a.\n'.length

const bodies = (...names: string[]): ReadableLogRecord[] => records(...names.map((name) => `${name}.`))

/** The results an exporter has given, in their order: `ok`, or how many records failed. */
class Results {
  readonly given: (string | number)[] = []
  readonly errors: Error[] = []

  export(exporter: LineExporter, logs: ReadableLogRecord[]): void {
    exporter.export(logs, ({ code, error }: ExportResult) => {
      if (error !== undefined) this.errors.push(error)
      this.given.push(code === ExportResultCode.SUCCESS ? 'ok' : failedRecords(error, logs.length))
    })
  }
}

/** What `exportSync` comes to: `ok`, `unfinished`, or how many records failed. */
function exportSync(exporter: LineExporter, logs: ReadableLogRecord[], timeoutMillis = 0): string | number {
  try {
    return exporter.exportSync(logs, { timeoutMillis }) ? 'ok' : 'unfinished'
  } catch (error) {
    return failedRecords(error, logs.length)
  }
}

describe('An exporter of lines', () => {
  let platform: ScriptedPlatform
  let results: Results
  let diagnostics: string[]

  beforeEach(() => {
    platform = new ScriptedPlatform()
    results = new Results()
    diagnostics = recordDiagnostics()
  })

  afterEach(() => diag.disable())

  describe('to a stream', () => {
    let exporter: LineExporter

    beforeEach(() => {
      exporter = new LineExporter(new StreamTarget('stdout'), 'readable', platform)
    })

    it('fails the records of a broken pipe, says so once, and says once when it is over', () => {
      platform.writes.push('EPIPE', 'EPIPE', 'EPIPE')
      results.export(exporter, bodies('a', 'b'))
      results.export(exporter, bodies('c'))
      equal(exportSync(exporter, bodies('d')), 1)
      results.export(exporter, bodies('e'))
      equal(exportSync(exporter, bodies('f')), 'ok')
      deepEqual(results.given, [2, 1, 'ok'])
      deepEqual(arrived(platform), ['e', 'f'])
      deepEqual(diagnostics, [
        'error: otel-sluice: cannot write to stdout (EPIPE); every export tries again',
        'info: otel-sluice: writing to stdout again, after 4 failed records',
      ])
    })

    it('tells each outage anew', () => {
      platform.writes.push('EPIPE', LINE, 'EIO')
      for (const name of ['a', 'b', 'c', 'd']) results.export(exporter, bodies(name))
      equal(diagnostics.length, 4)
    })

    it('tries again later when a pipe is full, from the byte where it was, waiting longer each time up to 50 ms', async () => {
      platform.writes.push(LINE + 5, 'EAGAIN', 'EAGAIN', 1)
      results.export(exporter, bodies('a', 'b'))
      deepEqual([arrived(platform), results.given], [['a', 'torn'], []])
      await platform.clock.advance(1)
      deepEqual(results.given, [], 'still full')
      await platform.clock.advance(2)
      deepEqual([arrived(platform), results.given], [['a', 'b'], ['ok']])
      equal(platform.clock.pendingTimers, 0)

      platform.writes.push(...Array<string>(10).fill('EAGAIN'))
      results.export(exporter, bodies('c'))
      await platform.clock.advance(1 + 2 + 4 + 8 + 16 + 32 + 50 + 50 + 50)
      deepEqual(results.given, ['ok'])
      await platform.clock.advance(50)
      deepEqual(results.given, ['ok', 'ok'])
    })

    it('takes a write of no bytes for a full pipe', async () => {
      platform.writes.push(0)
      results.export(exporter, bodies('a'))
      deepEqual(results.given, [])
      await platform.clock.advance(1)
      deepEqual(results.given, ['ok'])
    })

    it('waits synchronously until the pipe takes more', () => {
      platform.writes.push(3, 'EAGAIN', 'EAGAIN', 4, 'EAGAIN')
      equal(exportSync(exporter, bodies('a', 'b'), 10), 'ok')
      deepEqual(arrived(platform), ['a', 'b'])
      equal(platform.clock.now(), 3)
    })

    it('gives up waiting when the time is over, and goes on where it was when called with the same array', () => {
      platform.writes.push(3, ...Array<string>(11).fill('EAGAIN'))
      const batch = bodies('a', 'b')
      equal(exportSync(exporter, batch, 10), 'unfinished')
      equal(platform.clock.now(), 10)
      deepEqual(arrived(platform), ['torn'])
      equal(exportSync(exporter, batch, 10), 'ok')
      deepEqual(arrived(platform), ['a', 'b'])
    })

    it('does not wait at all with a time-out of 0', () => {
      platform.writes.push('EAGAIN')
      platform.onPause = () => ok(false, 'waited')
      equal(exportSync(exporter, bodies('a'), 0), 'unfinished')
    })

    it('goes on with an unfinished batch in the background, and has the answer for whoever asks again', async () => {
      platform.writes.push(3, 'EAGAIN')
      const batch = bodies('a')
      equal(exportSync(exporter, batch), 'unfinished')
      await platform.clock.advance(1)
      deepEqual(arrived(platform), ['a'])
      equal(exportSync(exporter, batch), 'ok')
      deepEqual(arrived(platform), ['a'], 'not twice')
    })

    it('finishes what is under way before anything else, synchronously too', () => {
      platform.writes.push(5, 'EAGAIN')
      results.export(exporter, bodies('a', 'b'))
      results.export(exporter, bodies('c'))
      equal(exportSync(exporter, bodies('d')), 'ok')
      deepEqual(arrived(platform), ['a', 'b', 'c', 'd'])
      deepEqual(results.given, ['ok', 'ok'])
    })

    it('finishes what is under way for an empty batch', () => {
      platform.writes.push(5, 'EAGAIN')
      results.export(exporter, bodies('a'))
      equal(exportSync(exporter, []), 'ok')
      deepEqual(results.given, ['ok'])
    })

    it('counts the lines of a failed batch that are out in full, and starts the next on a line of its own', () => {
      platform.writes.push(LINE + 5, 'ENOSPC', 'ENOSPC')
      results.export(exporter, bodies('a', 'b', 'c'))
      results.export(exporter, bodies('d'))
      results.export(exporter, bodies('e'))
      deepEqual(results.given, [2, 1, 'ok'])
      deepEqual(arrived(platform), ['a', 'torn', 'e'])
      equal(diagnostics[1], 'info: otel-sluice: writing to stdout again, after 3 failed records')
    })

    it('counts a line that lacks its newline alone, and supplies the newline', () => {
      platform.writes.push(LINE - 1, 'ENOSPC')
      results.export(exporter, bodies('a', 'b'))
      results.export(exporter, bodies('c'))
      deepEqual(results.given, [1, 'ok'])
      deepEqual(arrived(platform), ['a', 'c'])
    })

    it('starts no line anew after a batch that failed between two lines', () => {
      platform.writes.push(LINE, 'ENOSPC')
      results.export(exporter, bodies('a', 'b'))
      results.export(exporter, bodies('c'))
      deepEqual(arrived(platform), ['a', 'c'])
      deepEqual(results.given, [1, 'ok'])
    })

    it('keeps the batches of two callers apart, each of which comes back with its own', () => {
      const [one, two] = [bodies('a'), bodies('b')]
      platform.writes.push(5, 'EAGAIN', 'EAGAIN')
      equal(exportSync(exporter, one), 'unfinished')
      equal(exportSync(exporter, two), 'unfinished')
      equal(exportSync(exporter, one), 'ok')
      equal(exportSync(exporter, two), 'ok')
      deepEqual(arrived(platform), ['a', 'b'])
    })

    it('reports a partial failure from exportSync as well', () => {
      platform.writes.push(LINE + 5, 'ENOSPC')
      equal(exportSync(exporter, bodies('a', 'b', 'c')), 2)
      equal(exportSync(exporter, bodies('d')), 'ok')
      deepEqual(arrived(platform), ['a', 'torn', 'd'])
    })

    it('loses one record for one that cannot be read', () => {
      const [a, b] = bodies('a', 'b')
      ok(a && b)
      results.export(exporter, [a, unreadable, b])
      equal(exportSync(exporter, [unreadable]), 1)
      deepEqual(results.given, [1])
      deepEqual(arrived(platform), ['a', 'b'])
      deepEqual(diagnostics, [], 'nothing is wrong with the stream')
    })

    it('says nothing of what is in a record', () => {
      platform.writes.push('EIO')
      results.export(exporter, [unreadable, ...records('a secret')])
      for (const text of [...diagnostics, ...results.errors.map((error) => error.message)]) {
        ok(!text.includes('secret') && !text.includes('unreadable'), text)
      }
    })

    it('survives a callback and a diagnostics logger that throw', () => {
      diag.setLogger(
        {
          error: () => ok(false),
          warn: () => ok(false),
          info: () => ok(false),
          debug: () => {},
          verbose: () => {},
        },
        { suppressOverrideMessage: true },
      )
      platform.writes.push('EPIPE')
      exporter.export(bodies('a'), () => {
        throw new Error('thrown by the callback')
      })
      results.export(exporter, bodies('b'))
      deepEqual([arrived(platform), results.given], [['b'], ['ok']])
    })

    it('answers a callback that exports again after the one before it', () => {
      exporter.export(bodies('a'), () => {
        results.export(exporter, bodies('b'))
        equal(exportSync(exporter, bodies('c')), 'ok')
      })
      deepEqual(arrived(platform), ['a', 'b', 'c'])
    })

    it('resolves a flush when all is written, and rejects it when that takes too long', async () => {
      platform.writes.push('EAGAIN')
      results.export(exporter, bodies('a'))
      const flushed = exporter.forceFlush()
      await platform.clock.advance(1)
      await flushed
      deepEqual(results.given, ['ok'])
      equal(platform.clock.pendingTimers, 0)

      platform.writes.push(...Array<string>(1000).fill('EAGAIN'))
      results.export(exporter, bodies('b'))
      const late = rejects(exporter.forceFlush(), /stdout did not take what was exported within 30000 ms/)
      await platform.clock.advance(30_000)
      await late
    })

    it('shuts down on a stalled pipe: what is left fails, and nothing goes on', async () => {
      platform.writes.push(LINE, ...Array<string>(1000).fill('EAGAIN'))
      results.export(exporter, bodies('a', 'b'))
      results.export(exporter, bodies('c'))
      const stopped = exporter.shutdown()
      equal(exporter.shutdown(), stopped, 'once')
      await platform.clock.advance(5000)
      await stopped
      deepEqual(results.given, [1, 1])
      equal(platform.clock.pendingTimers, 0)
      deepEqual(diagnostics, [])
    })

    it('fails what is exported after the shutdown', async () => {
      await exporter.shutdown()
      results.export(exporter, bodies('a', 'b'))
      deepEqual(results.given, [2])
      throws(() => exporter.exportSync(bodies('a'), { timeoutMillis: 0 }), /to stdout was shut down/)
      await exporter.forceFlush()
      deepEqual(arrived(platform), [])
      equal(platform.closedDescriptors, 0, 'the stream belongs to everyone')
    })

    it('tears no line, loses none and answers for each record, whatever writes come to and whoever asks', async () => {
      const outcome = fc.oneof(
        fc.nat(80),
        fc.constantFrom<WriteOutcome>('EAGAIN', 'EAGAIN', 'ENOSPC', 'EPIPE'),
      )
      const step = fc.record({ size: fc.integer({ min: 0, max: 3 }), synchronous: fc.boolean() })
      await fc.assert(
        fc.asyncProperty(fc.array(outcome), fc.array(step, { maxLength: 8 }), async (writes, steps) => {
          platform = new ScriptedPlatform()
          platform.writes.push(...writes)
          exporter = new LineExporter(new StreamTarget('stdout'), 'readable', platform)
          let number = 0
          let answered = 0
          let failed = 0
          let expected = 0
          for (const { size, synchronous } of steps) {
            const batch = bodies(...Array.from({ length: size }, () => String(number++)))
            expected += size
            if (synchronous) {
              const result = exportSync(exporter, batch, 1000)
              failed += typeof result === 'number' ? result : 0
              ok(result !== 'unfinished')
              answered += size
            } else {
              exporter.export(batch, ({ error }) => {
                failed += error === undefined ? 0 : failedRecords(error, size)
                answered += size
              })
            }
          }
          await platform.clock.advance(5000)
          equal(answered, expected)
          const whole = arrived(platform).filter((line) => line !== 'torn')
          equal(whole.length, expected - failed)
          deepEqual(
            whole,
            [...whole].sort((a, b) => Number(a) - Number(b)),
            'in order',
          )
        }),
      )
    })
  })

  describe('to a file', () => {
    let exporter: LineExporter

    beforeEach(() => {
      exporter = new LineExporter(new FileTarget('app.log', platform.fileSystem), 'readable', platform)
    })

    /** The thread pool does what it has, and the event loop hears of it, until nothing is left. */
    function runThreadPool(): void {
      while (platform.backgroundWrites > 0) platform.arriveInBackground()()
    }

    it('fails records while the file cannot be opened, tries again with each export, and says so once', () => {
      platform.opens.push('EACCES', 'EACCES')
      results.export(exporter, bodies('a'))
      equal(exportSync(exporter, bodies('b')), 1)
      results.export(exporter, bodies('c'))
      runThreadPool()
      deepEqual([arrived(platform), results.given], [['c'], [1, 'ok']])
      match(
        diagnostics[0] ?? '',
        /^error: otel-sluice: cannot write to ".*app\.log" \(EACCES\); every export tries again$/,
      )
      match(
        diagnostics[1] ?? '',
        /^info: otel-sluice: writing to ".*app\.log" again, after 2 failed records$/,
      )
      equal(diagnostics.length, 2)
    })

    it('writes one batch at a time, and counts each when it is out', () => {
      results.export(exporter, bodies('a'))
      results.export(exporter, bodies('b'))
      equal(platform.backgroundWrites, 1)
      deepEqual(results.given, [])
      runThreadPool()
      deepEqual(
        [arrived(platform), results.given],
        [
          ['a', 'b'],
          ['ok', 'ok'],
        ],
      )
    })

    it('finishes a short write first', () => {
      platform.writes.push(5)
      results.export(exporter, bodies('a', 'b'))
      results.export(exporter, bodies('c'))
      runThreadPool()
      deepEqual(
        [arrived(platform), results.given],
        [
          ['a', 'b', 'c'],
          ['ok', 'ok'],
        ],
      )
    })

    it('counts the lines that a full disk still took, and starts on a line of its own when there is room', () => {
      platform.writes.push(LINE + 5, 'ENOSPC')
      results.export(exporter, bodies('a', 'b', 'c'))
      runThreadPool()
      results.export(exporter, bodies('d'))
      runThreadPool()
      deepEqual(results.given, [2, 'ok'])
      deepEqual(arrived(platform), ['a', 'torn', 'd'])
      equal(diagnostics.length, 2)
    })

    it('opens the file anew after a failed write, and closes the old descriptor unless it is not ours any more', () => {
      platform.writes.push('EIO', 'EBADF')
      results.export(exporter, bodies('a'))
      runThreadPool()
      equal(platform.closedDescriptors, 1)
      results.export(exporter, bodies('b'))
      runThreadPool()
      equal(platform.closedDescriptors, 1)
      results.export(exporter, bodies('c'))
      runThreadPool()
      deepEqual(results.given, [1, 1, 'ok'])
      equal(platform.openDescriptors.size, 2, 'the bad one, which is for others to close, and the new one')
    })

    it('waits, synchronously, for a write that the thread pool has, and keeps the order', () => {
      results.export(exporter, bodies('a'))
      let tellTheEventLoop = (): void => ok(false)
      platform.onPause = () => {
        if (platform.clock.now() === 5) tellTheEventLoop = platform.arriveInBackground()
      }
      equal(exportSync(exporter, bodies('b'), 10), 'ok')
      equal(platform.clock.now(), 5)
      deepEqual([arrived(platform), results.given], [['a', 'b'], ['ok']])
      results.export(exporter, bodies('c'))
      tellTheEventLoop()
      deepEqual([arrived(platform), results.given], [['a', 'b'], ['ok']], 'old news, and none of what is new')
      runThreadPool()
      deepEqual(
        [arrived(platform), results.given],
        [
          ['a', 'b', 'c'],
          ['ok', 'ok'],
        ],
      )
    })

    it('waits no longer for it than it may, and writes nothing before it', () => {
      results.export(exporter, bodies('a'))
      const batch = bodies('b')
      equal(exportSync(exporter, batch, 10), 'unfinished')
      equal(platform.clock.now(), 10)
      deepEqual(arrived(platform), [])
      runThreadPool()
      equal(exportSync(exporter, batch, 10), 'ok')
      deepEqual([arrived(platform), results.given], [['a', 'b'], ['ok']])
    })

    it('closes its descriptor when it is shut down, though not before the thread pool is done with it', async () => {
      results.export(exporter, bodies('a'))
      const stopped = exporter.shutdown()
      await platform.clock.advance(5000)
      await stopped
      deepEqual(results.given, [1])
      equal(platform.openDescriptors.size, 1)
      runThreadPool()
      equal(platform.openDescriptors.size, 0)
      equal(platform.clock.pendingTimers, 0)
    })
  })
})
