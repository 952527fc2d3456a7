import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict'
import { diag } from '@opentelemetry/api'
import { createTelemetry, type Telemetry } from 'otel-sluice'
import { ManualClock } from '../support/manual-clock.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'

const NO_BACKPRESSURE = {
  backpressure: false,
  highDrops: 0,
  highQueue: 0,
  recommendation: 'No back-pressure detected',
}
const HIGH_DROPS = 'Increase buffer sizes or reduce signal volume'
const HIGH_QUEUE = 'Add more processing threads'

describe('the health of handlers', () => {
  let clock: ManualClock
  let telemetry: Telemetry
  /** What ends the calls of the slow handler. */
  let settle: (() => void)[]
  let isSlow: boolean

  beforeEach(() => {
    recordDiagnostics()
    clock = new ManualClock()
    telemetry = createTelemetry({}, clock)
    settle = []
    isSlow = true
  })

  afterEach(async () => {
    heal()
    const stopped = telemetry.shutdownTelemetry()
    await clock.settle()
    await stopped
    diag.disable()
  })

  /** A handler that is slow until it is healed. */
  function addSlowHandler(bufferSize: number): void {
    const handler = async () => {
      if (isSlow) await new Promise<void>((resolve) => settle.push(resolve))
    }
    telemetry.addHandler('slow', handler, { async: { bufferSize } })
  }

  function heal(): void {
    isSlow = false
    for (const resolve of settle.splice(0)) resolve()
  }

  function logTimes(times: number): void {
    for (let i = 0; i < times; i++) telemetry.log('info', 'message')
  }

  it('is good, without handlers', () => {
    deepStrictEqual(telemetry.getHandlerHealth(), {
      healthy: true,
      totalQueued: 0,
      totalDropped: 0,
      handlers: 0,
      details: {},
    })
    deepStrictEqual(telemetry.detectBackpressure(), NO_BACKPRESSURE)
  })

  it('has the totals of all handlers, and the details of each', () => {
    telemetry.addHandler('one', () => undefined)
    telemetry.addHandler('two', () => undefined, { async: { bufferSize: 3 } })
    logTimes(5)
    deepStrictEqual(telemetry.getHandlerHealth(), {
      healthy: true,
      totalQueued: 8,
      totalDropped: 2,
      handlers: 2,
      details: telemetry.getHandlerStats(),
    })
    deepStrictEqual(telemetry.getHandlerStats().two?.recent, { errors: 0, dropped: 2 })
  })

  describe('a handler that drops', () => {
    it('is back-pressure from the 101st record of a minute on, and is none when that is a minute ago', async () => {
      addSlowHandler(10)
      // 10 wait; one more batch of the function is with it after the first turn.
      logTimes(110)
      strictEqual(telemetry.getHandlerStats().slow?.dropped, 100)
      strictEqual(telemetry.detectBackpressure().highDrops, 0)
      logTimes(1)
      deepStrictEqual(telemetry.detectBackpressure(), {
        backpressure: true,
        highDrops: 1,
        highQueue: 1,
        recommendation: HIGH_DROPS,
      })
      await clock.settle()
      heal()
      await clock.advance(59_000)
      deepStrictEqual(telemetry.detectBackpressure(), {
        backpressure: true,
        highDrops: 1,
        highQueue: 0,
        recommendation: HIGH_DROPS,
      })
      await clock.advance(1_000)
      deepStrictEqual(telemetry.detectBackpressure(), NO_BACKPRESSURE)
      strictEqual(telemetry.getHandlerHealth().totalDropped, 101)
    })

    it('is so, too, if it drops a little for long, and if nobody asks meanwhile', async () => {
      addSlowHandler(1)
      logTimes(1)
      await clock.settle()
      logTimes(1)
      const dropInSeconds = async (seconds: number) => {
        for (let second = 0; second < seconds; second++) {
          logTimes(2)
          await clock.advance(1_000)
        }
        return telemetry.getHandlerStats().slow
      }
      const before = await dropInSeconds(30)
      const after = await dropInSeconds(60)
      ok(after && before && after.dropped - before.dropped > 100)
      strictEqual(after.recent.dropped, after.dropped - before.dropped)
      strictEqual(telemetry.detectBackpressure().highDrops, 1)
    })

    it('has its last minute judged when it is asked after an hour of silence', async () => {
      addSlowHandler(10)
      logTimes(200)
      await clock.advance(3_600_000)
      strictEqual(telemetry.getHandlerStats().slow?.recent.dropped, 0)
      strictEqual(telemetry.detectBackpressure().highDrops, 0)
    })
  })

  describe('a queue', () => {
    it('is back-pressure at 80 % of its capacity, and is none when it has drained', async () => {
      addSlowHandler(10)
      logTimes(7)
      deepStrictEqual(telemetry.detectBackpressure(), NO_BACKPRESSURE)
      logTimes(1)
      deepStrictEqual(telemetry.detectBackpressure(), {
        backpressure: true,
        highDrops: 0,
        highQueue: 1,
        recommendation: HIGH_QUEUE,
      })
      heal()
      await clock.advance(2_000)
      deepStrictEqual(telemetry.detectBackpressure(), NO_BACKPRESSURE)
    })

    it('is judged by what is in it, not by all that ever was', async () => {
      isSlow = false
      addSlowHandler(1_000)
      for (let i = 0; i < 6; i++) {
        logTimes(1_000)
        await clock.advance(2_000)
      }
      strictEqual(telemetry.getHandlerStats().slow?.processed, 6_000)
      deepStrictEqual(telemetry.detectBackpressure(), NO_BACKPRESSURE)
    })
  })

  const failing: [string, (telemetry: Telemetry, fail: () => void) => void][] = [
    ['a synchronous function', ({ addHandler }, fail) => addHandler('failing', fail)],
    ['a function with a queue', ({ addHandler }, fail) => addHandler('failing', fail, { async: true })],
    [
      'a function that returns promises',
      ({ addHandler }, fail) => addHandler('failing', async () => fail(), { async: true }),
    ],
    [
      'an exporter',
      ({ addHandler }, fail) =>
        addHandler('failing', {
          export(_logs, resultCallback) {
            fail()
            resultCallback({ code: 0 })
          },
          async forceFlush() {},
          async shutdown() {},
        }),
    ],
    [
      'a processor',
      ({ addHandler }, fail) =>
        addHandler('failing', { onEmit: fail, async forceFlush() {}, async shutdown() {} }),
    ],
    [
      'a handler whose filter',
      ({ addHandler }, fail) => {
        const when = () => {
          fail()
          return true
        }
        addHandler('failing', () => undefined, { when })
      },
    ],
  ]

  for (const [what, add] of failing) {
    it(`is bad from the tenth error on while ${what} fails, and good again a minute after`, async () => {
      let isFailing = true
      add(telemetry, () => {
        if (isFailing) throw new Error('thrown')
      })
      logTimes(9)
      await clock.advance(2_000)
      strictEqual(telemetry.getHandlerHealth().healthy, true)
      logTimes(1)
      await clock.advance(2_000)
      strictEqual(telemetry.getHandlerHealth().healthy, false)
      strictEqual(telemetry.detectBackpressure().backpressure, false)
      isFailing = false
      logTimes(1)
      await clock.advance(55_000)
      strictEqual(telemetry.getHandlerHealth().healthy, false)
      await clock.advance(5_000)
      strictEqual(telemetry.getHandlerHealth().healthy, true)
      const { failing: stats } = telemetry.getHandlerHealth().details
      strictEqual(stats?.errors, 10)
      strictEqual(stats.recent.errors, 0)
      strictEqual(stats.processed, 1)
    })
  }

  it('is judged by thresholds that can be changed', async () => {
    telemetry.addHandler('failing', () => {
      throw new Error('thrown')
    })
    addSlowHandler(10)
    logTimes(12)
    strictEqual(telemetry.getHandlerHealth({ errorThreshold: 12 }).healthy, false)
    strictEqual(telemetry.getHandlerHealth({ errorThreshold: 13 }).healthy, true)
    strictEqual(telemetry.detectBackpressure({ dropThreshold: 1 }).highDrops, 1)
    strictEqual(telemetry.detectBackpressure({ dropThreshold: 2 }).highDrops, 0)
    strictEqual(telemetry.detectBackpressure({ depthThreshold: 1 }).highQueue, 1)
    await clock.settle()
    heal()
    await clock.advance(2_000)
    strictEqual(telemetry.detectBackpressure({ depthThreshold: 0 }).highQueue, 0)
  })

  it('is not judged by wrong thresholds', () => {
    const wrong = JSON.parse('{ "errorThreshold": "10", "dropThreshold": -1, "depthThreshold": 80 }')
    throws(() => telemetry.getHandlerHealth(wrong), /errorThreshold must be a number, got "10"/)
    throws(() => telemetry.detectBackpressure(wrong), /dropThreshold must be .* got -1/)
    throws(
      () => telemetry.detectBackpressure({ depthThreshold: 80 }),
      /depthThreshold must be a number from 0 to 1, got 80/,
    )
    throws(() => telemetry.getHandlerHealth(JSON.parse('null')), /options must be an object, got null/)
  })

  it('is known without a timer while nothing is lost', () => {
    telemetry.addHandler('function', () => undefined)
    logTimes(3)
    telemetry.getHandlerHealth()
    telemetry.detectBackpressure()
    strictEqual(clock.pendingTimers, 0)
  })
})
