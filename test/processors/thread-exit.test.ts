import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { type ProgramEnd, runProgram } from '../support/child-program.js'
import { accept, hang, inTurn, OtlpReceiver, refusingUrl, status } from '../support/otlp-receiver.js'
import type { EndingProgram } from './fixtures/ending-program.js'

/** The ways to end, with the status each ends with. */
const ENDINGS = [
  ['exit', 3],
  ['normal', 3],
  ['exit-after-turn', 3],
  ['throw', 1],
  ['reject', 1],
] as const

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

function run(program: EndingProgram): Promise<ProgramEnd> {
  return runProgram('processors/fixtures/ending-program.js', JSON.stringify(program))
}

describe('the end of a process whose records go by the export thread', () => {
  let receiver: OtlpReceiver

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
  })

  afterEach(async () => {
    await receiver.close()
  })

  const bodies = () => receiver.records.map(({ body }) => body)

  describe('says in one line how many records are lost, within exitTimeoutMillis,', () => {
    for (const [what, url] of [
      ['never answers', async () => receiver.url],
      ['is not there', refusingUrl],
    ] as const) {
      it(`when the receiver ${what}`, async () => {
        receiver.behaviour = () => hang
        for (const ending of ['exit', 'exit-after-turn', 'normal', 'throw'] as const) {
          const options = { exitTimeoutMillis: 300, maxExportBatchSize: 4 }
          const end = await run({ to: { thread: await url() }, records: 10, ending, options })
          strictEqual(end.status, ending === 'throw' ? 1 : 3)
          deepStrictEqual(ownLines(end), [
            'otel-sluice: ending: the process ended before 10 log records were delivered',
          ])
        }
      })
    }

    it('when the receiver refuses some of them', async () => {
      receiver.behaviour = inTurn(status(400), accept)
      const options = { maxExportBatchSize: 4 }
      const end = await run({ to: { thread: receiver.url }, records: 10, ending: 'exit', options })
      deepStrictEqual(ownLines(end), [
        'otel-sluice: ending: the process ended before 4 log records were delivered',
      ])
    })
  })

  for (const mode of ['dropping', 'sliding', 'blocking'] as const) {
    for (const [ending, exitStatus] of mode === 'dropping' ? ENDINGS : ENDINGS.slice(0, 2)) {
      it(`delivers everything in order, and leaves the status alone (${mode}, ${ending})`, async () => {
        const end = await run({ to: { thread: receiver.url }, records: 2_000, ending, options: { mode } })
        strictEqual(end.status, exitStatus)
        deepStrictEqual(ownLines(end), [])
        deepStrictEqual(bodies(), numbers(2_000))
      })
    }

    it(`delivers what listeners for "exit" log after ours (${mode})`, async () => {
      const program = { to: { thread: receiver.url }, records: 10, ending: 'exit', recordsAtExit: 2 } as const
      const end = await run({ ...program, options: { mode } })
      strictEqual(end.stderr, '')
      deepStrictEqual(bodies(), [...numbers(10), 'at exit 0', 'at exit 1'])
    })

    it(`delivers what is held back for its resource, taken as it is (${mode})`, async () => {
      const program = { to: { thread: receiver.url }, records: 10, resourcePending: true } as const
      const end = await run({
        ...program,
        ending: 'exit-after-turn',
        options: { mode, maxExportBatchSize: 4 },
      })
      strictEqual(end.stderr, '')
      deepStrictEqual(bodies(), numbers(10))
    })
  }

  it('goes on trying a receiver that answers 503 at first', async () => {
    receiver.behaviour = inTurn(status(503), accept)
    const end = await run({ to: { thread: receiver.url }, records: 10, ending: 'exit' })
    strictEqual(end.stderr, '')
    deepStrictEqual(bodies(), numbers(10))
  })

  it('comes at once for a program with an idle processor', async () => {
    receiver.behaviour = () => hang
    const end = await run({ to: { thread: receiver.url }, records: 0, ending: 'normal' })
    strictEqual(end.status, 3)
    strictEqual(end.stderr, '')
    ok(end.millis < 10_000)
  })

  for (const records of [0, 10]) {
    it(`does not come before the application is done (${records} records), nor has to be waited for then`, async () => {
      const program = { to: { thread: receiver.url }, records, ending: 'normal', turnsLeft: 50 } as const
      const end = await run({ ...program, options: { exitHook: { signals: true } } })
      deepStrictEqual([end.status, end.stdout, end.stderr], [3, 'done', ''])
      deepStrictEqual(bodies(), numbers(records))
    })
  }

  it('loses what is queued in silence when exitHook is false: the application sees to it itself', async () => {
    const program = { to: { thread: receiver.url }, records: 10, ending: 'exit' } as const
    const end = await run({ ...program, options: { exitHook: false } })
    strictEqual(end.status, 3)
    strictEqual(end.stderr, '')
  })
})

/** What the library said on stderr, without what Node.js says about an error nobody caught. */
function ownLines({ stderr }: ProgramEnd): string[] {
  return stderr.split('\n').filter((line) => line.startsWith('otel-sluice'))
}
