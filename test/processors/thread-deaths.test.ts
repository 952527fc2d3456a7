import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { runProgram } from '../support/child-program.js'
import { OtlpReceiver } from '../support/otlp-receiver.js'
import type { MortalProgram, MortalResult } from './fixtures/mortal-program.js'
import type { Death } from './fixtures/mortal-worker.js'
import { accountedFor } from './suites/accounted-for.js'

const BATCH = 100
const CONCURRENCY = 2
const DEATHS = 20
/** The steps at which a thread can die, in the order of the protocol (`RingConsumer.takeSteps`). */
const STEPS = ['read', 'claimed', 'found', 'noted', 'swapped', 'told', 'copied', 'whole']
const QUEUE = {
  maxQueueSize: 1_000,
  maxExportBatchSize: BATCH,
  concurrency: CONCURRENCY,
  scheduledDelayMillis: 10,
}

/** Somewhere in the life of a thread: between the second and the tenth batch, and some time after. */
function someTime(): Death {
  return { settled: 2 * CONCURRENCY + Math.floor(Math.random() * 6), millis: Math.random() * 5 }
}

const someTimes = () => Array.from({ length: DEATHS }, someTime)
const eachStep = STEPS.map((step, i): Death => ({ step, batch: 1 + (i % 3) }))

describe('a queue whose export thread dies again and again', () => {
  let receiver: OtlpReceiver

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
  })

  afterEach(async () => {
    await receiver.close()
  })

  /** Runs it, and looks at what has to be so whatever happened: nothing is lost that was accepted. */
  async function run(program: Omit<MortalProgram, 'url'>): Promise<MortalResult> {
    const argument: MortalProgram = { url: receiver.url, ...program }
    const end = await runProgram('processors/fixtures/mortal-program.js', JSON.stringify(argument))
    strictEqual(end.stderr, '')
    strictEqual(end.status, program.exits === true ? 3 : 0)
    const stats: MortalResult = JSON.parse(end.stdout)
    const deaths = program.deaths.length
    strictEqual(stats.workerRestarts, deaths)
    strictEqual(stats.emitted, program.records)
    strictEqual(accountedFor(stats), program.records)
    strictEqual(stats.failed, 0)
    const bodies = receiver.records.map(({ body }) => Number(body))
    const arrived = new Set(bodies)
    strictEqual(arrived.size, stats.exported)
    const lost = stats.dropped.queue_full + stats.dropped.evicted
    strictEqual(stats.exported + lost, program.records)
    const twice = bodies.length - arrived.size
    ok(twice <= deaths * CONCURRENCY * BATCH, `${twice} records came twice`)
    return stats
  }

  for (const mode of ['dropping', 'sliding'] as const) {
    it(`loses none that it has accepted, ${DEATHS} times at any moment under load (${mode})`, async () => {
      await run({ records: 200_000, burst: 40, deaths: someTimes(), options: { ...QUEUE, mode } })
    }).timeout(30_000)
  }

  it('loses none while a caller waits', async () => {
    const stats = await run({
      records: 30_000,
      deaths: someTimes(),
      options: { ...QUEUE, mode: 'blocking' },
    })
    strictEqual(stats.exported, 30_000)
  }).timeout(30_000)

  it('loses none when it dies at each step of the protocol, while a caller waits', async () => {
    const options = { ...QUEUE, mode: 'blocking' } as const
    const stats = await run({ records: 10_000, deaths: eachStep, options })
    strictEqual(stats.exported, 10_000)
  })

  for (const mode of ['dropping', 'sliding'] as const) {
    it(`loses none that it has accepted when it dies at each step under load (${mode})`, async () => {
      await run({ records: 60_000, burst: 40, deaths: eachStep, options: { ...QUEUE, mode } })
    })
  }

  it('loses none during the end of the process', async () => {
    const options = { ...QUEUE, maxQueueSize: 10_000, exitTimeoutMillis: 10_000 }
    const deaths = eachStep.slice(3)
    const stats = await run({ records: 8_000, deaths, exits: true, options })
    deepStrictEqual([stats.exported, stats.queueSize], [8_000, 0])
  })
})
