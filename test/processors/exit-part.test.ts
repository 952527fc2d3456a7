import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { ExitPart } from '#src/processors/exit-part.js'
import { ManualClock } from '../support/manual-clock.js'

const EXIT_TIMEOUT_MILLIS = 1_000

describe("a processor's part in the end of the process", () => {
  let clock: ManualClock
  let part: ExitPart
  /** How long each flush, and each wait at exit, was allowed to take. */
  let allowed: number[]
  let flushMillis: number
  let pending: number
  let failed: number

  beforeEach(() => {
    clock = new ManualClock()
    allowed = []
    flushMillis = 0
    pending = 10
    failed = 0
    const channel = {
      mark: 10,
      pendingBefore: () => pending,
      urge: () => undefined,
      drainAtExit: (timeoutMillis: number) => void allowed.push(timeoutMillis),
      counts: () => ({
        queueSize: pending,
        queueBytes: 0,
        inFlight: 0,
        exported: 0,
        failed,
        abandoned: 0,
        markers: 0,
        workerRestarts: 0,
      }),
    }
    const settings = { name: 'part', wantsSignals: false, exitTimeoutMillis: EXIT_TIMEOUT_MILLIS }
    part = new ExitPart(settings, channel, { stop: () => undefined }, clock, flush)
  })

  /** Delivers everything if it has the time for it. */
  function flush(timeoutMillis: number): Promise<void> {
    allowed.push(timeoutMillis)
    const isInTime = flushMillis <= timeoutMillis
    return new Promise((resolve, reject) => {
      clock.after(Math.min(flushMillis, timeoutMillis), () => {
        if (isInTime) pending = 0
        if (isInTime) resolve()
        else reject(new Error('late'))
      })
    })
  }

  async function loopRunsEmpty(): Promise<void> {
    part.flushBeforeExit()
    await clock.advance(5_000)
  }

  it('does not put off a normal end when nothing is pending', async () => {
    pending = 0
    await loopRunsEmpty()
    deepStrictEqual(allowed, [])
  })

  it('has all its time again for the next end when this was none, and all was delivered', async () => {
    flushMillis = 400
    await loopRunsEmpty()
    pending = 5
    await loopRunsEmpty()
    strictEqual(part.drain(0), 0)
    deepStrictEqual(allowed, [EXIT_TIMEOUT_MILLIS, EXIT_TIMEOUT_MILLIS, EXIT_TIMEOUT_MILLIS])
  })

  it('puts a normal end off three times at the most', async () => {
    for (let i = 0; i < 5; i++) {
      pending = 1
      await loopRunsEmpty()
    }
    strictEqual(allowed.length, 3)
  })

  it('waits no second time after a flush in vain, and tells what is lost', async () => {
    flushMillis = 3_000
    await loopRunsEmpty()
    await loopRunsEmpty()
    strictEqual(part.drain(0), 10)
    deepStrictEqual(allowed, [EXIT_TIMEOUT_MILLIS, 0])
  })

  it('has what is left after the flush that comes before a signal, and after the waits for others', async () => {
    flushMillis = 300
    const flushed = part.flush()
    await clock.advance(300)
    await flushed
    part.drain(250)
    deepStrictEqual(allowed, [EXIT_TIMEOUT_MILLIS, 450])
  })

  it('does not count what had failed before the end, and does count what fails in it', async () => {
    failed = 7
    flushMillis = 3_000
    const flushed = part.flush()
    await clock.advance(1_000)
    await flushed
    failed += 2
    pending = 3
    strictEqual(part.drain(0), 5)
  })
})
