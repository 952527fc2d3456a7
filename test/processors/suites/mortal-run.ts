import { ok, strictEqual } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { OtlpReceiver } from '../../support/otlp-receiver.js'
import type { MortalProgram, MortalResult } from '../fixtures/mortal-program.js'
import type { Death } from '../fixtures/mortal-worker.js'
import { accountedFor } from './accounted-for.js'

const PROGRAM = fileURLToPath(new URL('../fixtures/mortal-program.js', import.meta.url))
/** Far longer than any of these takes: what hangs fails. */
const TIMEOUT_MILLIS = 60_000
const BATCH = 100
const CONCURRENCY = 2
/** Full batches, two at a time. */
export const QUEUE = {
  maxQueueSize: 1_000,
  maxExportBatchSize: BATCH,
  concurrency: CONCURRENCY,
  scheduledDelayMillis: 10,
}

/** The steps at which a thread can die, in the order of the protocol (`RingConsumer.takeSteps`). */
const STEPS = ['read', 'claimed', 'found', 'noted', 'swapped', 'told', 'copied', 'whole']

/** One death at each step of the protocol. */
export const atEachStep = STEPS.map((step, i): Death => ({ step, batch: 1 + (i % 3) }))

/**
 * Deaths at random moments: by the thread's own hand, some time after a batch was done with; every other one from
 * outside, in the middle of whatever it does, if `fromOutside`. Each thread gets something done before: a batch that is
 * in flight at three deaths in a row would rightly be given up.
 */
export function atRandom(deaths: number, fromOutside: boolean): Death[] {
  return Array.from({ length: deaths }, (_, i) =>
    fromOutside && i % 2 === 1
      ? { terminated: 100 + Math.random() * 100 }
      : { settled: 2 * CONCURRENCY + Math.floor(Math.random() * 6), millis: Math.random() * 5 },
  )
}

/**
 * Runs a program whose export thread dies, with a receiver of its own, and looks at what has to be so whenever that
 * happens: nothing that was accepted is lost, and what came twice was in flight at a death.
 */
export async function mortalRun(program: Omit<MortalProgram, 'url'>) {
  const receiver = await OtlpReceiver.start()
  try {
    const argument: MortalProgram = { url: receiver.url, ...program }
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [PROGRAM, JSON.stringify(argument)],
      { timeout: TIMEOUT_MILLIS, killSignal: 'SIGKILL' },
    )
    strictEqual(stderr, '')
    const stats: MortalResult = JSON.parse(stdout)
    const deaths = program.deaths.length
    strictEqual(stats.workerRestarts, deaths)
    ok(stats.emitted >= program.records)
    strictEqual(accountedFor(stats), stats.emitted)
    strictEqual(stats.failed, 0)
    const bodies = receiver.records.map(({ body }) => Number(body))
    const arrived = new Set(bodies)
    strictEqual(arrived.size, stats.exported)
    strictEqual(stats.exported + stats.dropped.queue_full + stats.dropped.evicted, stats.emitted)
    const twice = bodies.length - arrived.size
    ok(twice <= deaths * CONCURRENCY * BATCH, `${twice} records came twice`)
    return { stats, twice }
  } finally {
    await receiver.close()
  }
}
