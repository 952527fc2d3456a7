import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ProgramEnd, runProgram } from '../support/child-program.js'
import { hang, OtlpReceiver, status } from '../support/otlp-receiver.js'
import type { EndingProgram } from './fixtures/ending-program.js'

const bodies = (count: number) => Array.from({ length: count }, (_, i) => String(i))

function run(program: EndingProgram): Promise<ProgramEnd> {
  return runProgram('processors/fixtures/ending-program.js', JSON.stringify(program))
}

describe('the end of the process', () => {
  let receiver: OtlpReceiver
  let folder: string
  let path: string

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
    folder = mkdtempSync(join(tmpdir(), 'sluice-exit-'))
    path = join(folder, 'log')
  })

  afterEach(async () => {
    await receiver.close()
    rmSync(folder, { recursive: true })
  })

  const lines = () => readFileSync(path, 'utf8').split('\n').slice(0, -1)
  const fileBodies = () =>
    lines().map((line) => String(JSON.parse(line).resourceLogs[0].scopeLogs[0].logRecords[0].body.intValue))

  describe('with an exporter that only answers later', () => {
    for (const [ending, exitStatus] of [
      ['exit', 3],
      ['throw', 1],
      ['reject', 1],
    ] as const) {
      it(`says in one line how many records are lost (${ending}), and leaves the status alone`, async () => {
        const end = await run({ to: { otlp: receiver.url }, records: 1_000, ending })
        strictEqual(end.status, exitStatus)
        deepStrictEqual(ownLines(end), [
          'otel-sluice: ending: the process ended before 1000 log records were delivered',
        ])
      })
    }

    it('counts records in flight among the lost', async () => {
      receiver.behaviour = () => hang
      const program = { to: { otlp: receiver.url }, records: 1_000, ending: 'exit-after-turn' } as const
      const [lost] = ownLines(await run(program))
      match(lost ?? '', /before 1000 log records/)
    })

    it('delivers everything at a normal end', async () => {
      const end = await run({ to: { otlp: receiver.url }, records: 1_000, ending: 'normal' })
      strictEqual(end.status, 3)
      strictEqual(end.stderr, '')
      deepStrictEqual(
        receiver.records.map(({ body }) => String(body)),
        bodies(1_000),
      )
    })

    it('ends within exitTimeoutMillis at a normal end when the receiver hangs, and says what is lost', async () => {
      receiver.behaviour = () => hang
      const end = await run({
        to: { otlp: receiver.url },
        records: 10,
        ending: 'normal',
        options: { exitTimeoutMillis: 200 },
      })
      strictEqual(end.status, 3)
      match(end.stderr, /^otel-sluice: ending: the process ended before 10 log records were delivered\n$/)
      // The exporter itself holds the process for its own time-out of 1 s.
      ok(end.millis < 200 + 1_000 + 8_000)
    })

    it('says how many records a receiver refused that was tried at a normal end', async () => {
      receiver.behaviour = () => status(400)
      const end = await run({ to: { otlp: receiver.url }, records: 10, ending: 'normal' })
      strictEqual(end.status, 3)
      deepStrictEqual(ownLines(end), [
        'otel-sluice: ending: the process ended before 10 log records were delivered',
      ])
    })

    it('comes though a listener for "beforeExit" logs whenever it is called', async () => {
      const program = { to: { otlp: receiver.url }, records: 1, ending: 'normal' } as const
      const end = await run({ ...program, logsBeforeExit: true })
      strictEqual(end.status, 3)
      // Delivering what it logs makes Node.js call it again: somewhere that has to end.
      const [first, second] = receiver.records.map(({ body }) => body)
      deepStrictEqual([first, second], [0, 'before exit'])
      deepStrictEqual(ownLines(end), [
        'otel-sluice: ending: the process ended before 1 log record was delivered',
      ])
    })

    it('loses everything in silence when exitHook is false: the application sees to it itself', async () => {
      for (const ending of ['normal', 'exit'] as const) {
        const end = await run({
          to: { otlp: receiver.url },
          records: 10,
          ending,
          options: { exitHook: false },
        })
        strictEqual(end.status, 3)
        strictEqual(end.stderr, '')
      }
      strictEqual(receiver.records.length, 0)
    })
  })

  describe('with a synchronous exporter', () => {
    for (const mode of ['dropping', 'blocking'] as const) {
      for (const [ending, exitStatus] of [
        ['exit', 3],
        ['exit-after-turn', 3],
        ['throw', 1],
        ['reject', 1],
        ['normal', 3],
      ] as const) {
        it(`delivers everything in order, and leaves the status alone (${mode}, ${ending})`, async () => {
          const end = await run({ to: { lines: path }, records: 2_000, ending, options: { mode } })
          strictEqual(end.status, exitStatus)
          deepStrictEqual(ownLines(end), [])
          deepStrictEqual(lines(), bodies(2_000))
        })
      }

      it(`delivers what listeners for "exit" log after ours (${mode})`, async () => {
        const program = { to: { lines: path }, records: 10, ending: 'exit', recordsAtExit: 2 } as const
        const end = await run({ ...program, options: { mode } })
        strictEqual(end.stderr, '')
        deepStrictEqual(lines(), [...bodies(10), 'at exit 0', 'at exit 1'])
      })

      it(`delivers what is held back for its resource (${mode})`, async () => {
        const end = await run({
          to: { lines: path },
          records: 10,
          ending: 'exit-after-turn',
          resourcePending: true,
          options: { mode, maxExportBatchSize: 4 },
        })
        strictEqual(end.stderr, '')
        deepStrictEqual(lines(), bodies(10))
      })

      it(`gives up on a destination that takes nothing, and counts all that is lost (${mode})`, async () => {
        const end = await run({
          to: 'stuck',
          records: 10,
          ending: 'exit-after-turn',
          recordsAtExit: 1,
          options: { mode, maxExportBatchSize: 4, exitTimeoutMillis: 100 },
        })
        strictEqual(end.status, 3)
        strictEqual(
          end.stderr,
          'otel-sluice: ending: the process ended before 10 log records were delivered\n',
        )
      })
    }
  })

  for (const [where, to] of [
    ['this thread', () => ({ file: path })],
    ['the export thread', () => ({ threadFile: path })],
  ] as const) {
    for (const mode of ['dropping', 'blocking'] as const) {
      for (const ending of ['exit', 'exit-after-turn', 'throw', 'normal'] as const) {
        it(`delivers everything to a file, also what was on its way there (${where}, ${mode}, ${ending})`, async () => {
          const end = await run({ to: to(), records: 2_000, ending, options: { mode } })
          deepStrictEqual(ownLines(end), [])
          deepStrictEqual(fileBodies(), bodies(2_000))
        })
      }
    }
  }

  it('delivers everything to stdout by the export thread', async () => {
    for (const ending of ['exit', 'throw', 'normal'] as const) {
      const end = await run({ to: 'thread-stdout', records: 3_000, ending, options: { mode: 'blocking' } })
      deepStrictEqual(ownLines(end), [])
      const written = end.stdout.split('\n').slice(0, -1)
      deepStrictEqual(
        written.map((line) => line.split(' ').at(-1)),
        bodies(3_000),
        ending,
      )
    }
  })

  it('comes at once for a program with an idle processor', async () => {
    const end = await run({ to: { otlp: receiver.url }, records: 0, ending: 'normal' })
    strictEqual(end.status, 3)
    strictEqual(end.stderr, '')
    ok(end.millis < 10_000)
  })
})

/** What the library said on stderr, without what Node.js says about an error nobody caught. */
function ownLines({ stderr }: ProgramEnd): string[] {
  return stderr.split('\n').filter((line) => line.startsWith('otel-sluice'))
}
