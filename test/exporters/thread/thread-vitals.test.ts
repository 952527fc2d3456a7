import { ok, strictEqual } from 'node:assert/strict'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { ThreadVitals } from '#src/exporters/thread/thread-vitals.js'
import type { MortalThreadData, Order } from './fixtures/mortal-thread.js'

/** Looks at a thread that should end by then; they take milliseconds. */
const MAX_LOOKS = 1_000

/** Sleeps without a turn of the event loop. */
function sleep(millis: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis)
}

describe('The vitals of a thread, seen without a turn of the event loop', () => {
  let lastLine: Int32Array
  let hold: Int32Array
  let vitals: ThreadVitals
  let worker: Worker

  beforeEach(() => {
    lastLine = new Int32Array(new SharedArrayBuffer(4))
    hold = new Int32Array(new SharedArrayBuffer(4))
    vitals = new ThreadVitals()
  })

  afterEach(async () => {
    vitals.close()
    await worker.terminate()
  })

  function start(file = 'mortal-thread.js'): void {
    const { ofThread } = vitals
    const workerData: MortalThreadData = { ...ofThread, lastLine, hold }
    worker = new Worker(new URL(`fixtures/${file}`, import.meta.url), {
      workerData,
      transferList: [ofThread.lifeline],
    })
    worker.on('error', () => undefined)
  }
  /** It has begun to answer. */
  async function up(): Promise<void> {
    start()
    await once(worker, 'online')
    while (!isAnswering()) sleep(1)
  }
  const isAnswering = () => new Int32Array(vitals.ofThread.pulse)[1] !== -1
  const order = (what: Order) => worker.postMessage(what)

  function looksUntilItHasEnded(): number {
    let looks = 0
    while (!vitals.hasEnded && looks < MAX_LOOKS) {
      looks++
      sleep(5)
    }
    return looks
  }

  it('show that it lives, as often as one looks', async () => {
    await up()
    for (let i = 0; i < 1_000; i++) strictEqual(vitals.hasEnded, false)
  })

  for (const what of ['throw', 'exit'] as const) {
    it(`show that it has ended by its own hand (${what}), after its last line of JavaScript`, async () => {
      await up()
      order(what)
      ok(looksUntilItHasEnded() < MAX_LOOKS)
      strictEqual(Atomics.load(lastLine, 0), 1)
      strictEqual(vitals.hasEnded, true)
    })
  }

  for (const what of ['loop', 'wait'] as const) {
    it(`show that it was ended from outside (${what})`, async () => {
      await up()
      order(what)
      strictEqual(vitals.hasEnded, false)
      void worker.terminate()
      ok(looksUntilItHasEnded() < MAX_LOOKS)
    })
  }

  it('show that it never came up', () => {
    start('there-is-no-such-file.js')
    ok(looksUntilItHasEnded() < MAX_LOOKS)
  })

  it('show that it does not answer while it is busy, and does again', async () => {
    await up()
    order('wait')
    let unanswered = 0
    while (unanswered < 3) {
      sleep(5)
      const now = vitals.ask()
      ok(now === 0 || now === unanswered + 1)
      unanswered = now
    }
    strictEqual(vitals.hasEnded, false)
    Atomics.store(hold, 0, 1)
    Atomics.notify(hold, 0)
    while (vitals.ask() > 0) sleep(1)
  })

  it('do not expect an answer before it has come up', () => {
    start()
    let asked = 0
    while (!isAnswering()) {
      strictEqual(vitals.ask(), 0)
      asked++
    }
    ok(asked > 0)
  })
})
