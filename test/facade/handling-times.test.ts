import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { createTelemetry } from 'otel-sluice'
import { HandlingTimes } from '#src/facade/handling-times.js'
import { ManualClock } from '../support/manual-clock.js'
import { OtlpReceiver } from '../support/otlp-receiver.js'

describe('the times a handler took', () => {
  it('are all 0 before it took any', () => {
    deepStrictEqual(new HandlingTimes(new ManualClock()).summary, { p50: 0, p90: 0, p99: 0, max: 0 })
  })

  it('have percentiles that are 9 % too long at most, and never too short', () => {
    for (const scale of [0.002, 1, 3_600]) {
      const times = new HandlingTimes(new ManualClock())
      for (let i = 1; i <= 1_000; i++) times.add(i * scale)
      const { p50, p90, p99, max } = times.summary
      for (const [percentile, exact] of [
        [p50, 500 * scale],
        [p90, 900 * scale],
        [p99, 990 * scale],
      ] as const) {
        ok(percentile >= exact * (1 - 1e-9) && percentile <= exact * 1.0906, `${percentile} for ${exact}`)
      }
      strictEqual(max, 1_000 * scale)
    }
  })

  it('are counted, however short or long they were', () => {
    const times = new HandlingTimes(new ManualClock())
    times.add(0)
    deepStrictEqual(times.summary, { p50: 0, p90: 0, p99: 0, max: 0 })
    times.add(1e9)
    times.add(1e9)
    deepStrictEqual(times.summary, { p50: 1e9, p90: 1e9, p99: 1e9, max: 1e9 })
  })
})

describe('handlingMillis', () => {
  let clock: ManualClock

  beforeEach(() => {
    clock = new ManualClock()
  })

  const ALL_20 = { p50: 20, p90: 20, p99: 20, max: 20 }
  const log = { onEmit: () => clock.pass(20), async forceFlush() {}, async shutdown() {} }
  const exporter = {
    export(_: unknown, resultCallback: (result: { code: number }) => void) {
      clock.after(20, () => resultCallback({ code: 0 }))
    },
    async forceFlush() {},
    async shutdown() {},
  }
  /** Needs two calls for every batch; the second comes 10 ms after the first. */
  function slowly() {
    let isBegun = false
    return {
      ...exporter,
      exportSync(): boolean {
        clock.pass(5)
        isBegun = !isBegun
        return !isBegun
      },
    }
  }

  it('is that of one record for a function and a processor, and of one export for an exporter', async () => {
    const telemetry = createTelemetry({}, clock)
    telemetry.addHandler('function', () => clock.pass(20))
    telemetry.addHandler('throwing', () => {
      clock.pass(20)
      throw new Error('thrown')
    })
    telemetry.addHandler('processor', log)
    telemetry.addHandler('synchronous', slowly(), { async: false })
    telemetry.addHandler('exporter', exporter)
    telemetry.addHandler('promise', () => new Promise((resolve) => clock.after(20, resolve)))
    telemetry.log('info', 'one')
    await clock.advance(2_000)
    const times = Object.entries(telemetry.getHandlerStats()).map(
      ([id, { handlingMillis }]) => [id, handlingMillis] as const,
    )
    deepStrictEqual(Object.fromEntries(times), {
      function: ALL_20,
      throwing: ALL_20,
      processor: ALL_20,
      synchronous: ALL_20,
      exporter: ALL_20,
      promise: ALL_20,
    })
  })

  it('is that of the exports on the export thread', async () => {
    const receiver = await OtlpReceiver.start()
    const telemetry = createTelemetry()
    try {
      telemetry.addOtlpHandler('otlp', { exporter: { url: receiver.url } })
      telemetry.log('info', 'one')
      await telemetry.flushTelemetry()
      const { p50, max } = telemetry.getHandlerStats().otlp?.handlingMillis ?? {}
      ok(max !== undefined && max > 0)
      strictEqual(p50, max)
      strictEqual(telemetry.getHandlerStats().otlp?.handlingMillis.max, max)
    } finally {
      await telemetry.shutdownTelemetry()
      await receiver.close()
    }
  })
})
