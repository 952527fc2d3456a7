import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { atEachStep, atRandom, mortalRun, QUEUE } from './suites/mortal-run.js'

/** With those at each step, 20 in each mode. The stress program has more. */
const RANDOM_DEATHS = 12

describe('a queue whose export thread dies 20 times, at each step of the protocol and at any moment,', function () {
  this.timeout(60_000)
  type Run = ReturnType<typeof mortalRun>
  let dropping: Run
  let sliding: Run
  let blocking: Run

  before('at the same time, since most of it is waiting', () => {
    const deaths = [...atEachStep, ...atRandom(RANDOM_DEATHS, true)]
    const underLoad = { records: 100_000, burst: 30, deaths }
    dropping = mortalRun({ ...underLoad, options: { ...QUEUE, mode: 'dropping' } })
    sliding = mortalRun({ ...underLoad, options: { ...QUEUE, mode: 'sliding' } })
    blocking = mortalRun({
      records: 20_000,
      deaths: [...atEachStep, ...atRandom(RANDOM_DEATHS, false)],
      options: { ...QUEUE, mode: 'blocking' },
    })
    // Each is looked at in its turn.
    for (const run of [dropping, sliding, blocking]) run.catch(() => undefined)
  })

  it('loses nothing that it has accepted (dropping)', async () => {
    await dropping
  })

  it('loses nothing but what it evicts (sliding)', async () => {
    await sliding
  })

  it('loses nothing at all while a caller waits (blocking)', async () => {
    const { stats } = await blocking
    strictEqual(stats.exported, stats.emitted)
  })
})

describe('a processor whose export thread dies', () => {
  it('loses nothing while each record is waited for', async () => {
    const { stats } = await mortalRun({ records: 10, deaths: atEachStep.slice(3, 6), isSync: true })
    strictEqual(stats.exported, stats.emitted)
  })

  it('loses nothing during the end of the process', async () => {
    const options = { ...QUEUE, maxQueueSize: 10_000, exitTimeoutMillis: 10_000 }
    const deaths = atEachStep.slice(3)
    const { stats } = await mortalRun({ records: 8_000, deaths, exits: true, options })
    deepStrictEqual([stats.exported, stats.queueSize], [8_000, 0])
  })
})
