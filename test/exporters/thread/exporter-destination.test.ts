import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import type { Delivered } from '#src/exporters/thread/destination.js'
import { ExporterDestination } from '#src/exporters/thread/exporter-destination.js'
import { ControlledExporter, failure, SUCCESS } from '../../processors/suites/controlled-exporter.js'
import { encodedBatch } from '../../support/encoded-batch.js'
import { logRecord } from '../../support/log-records.js'
import { ManualClock } from '../../support/manual-clock.js'

const TIMEOUT = 1_000

describe('ExporterDestination', () => {
  let clock: ManualClock
  let exporter: ControlledExporter
  let destination: ExporterDestination
  let settled: Delivered[]
  let giveUp: AbortController

  beforeEach(() => {
    clock = new ManualClock()
    exporter = new ControlledExporter()
    destination = new ExporterDestination(exporter, { timeoutMillis: TIMEOUT, concurrency: 1 }, clock)
    settled = []
    giveUp = new AbortController()
  })

  function deliver(...bodies: string[]): Promise<void> {
    const batch = encodedBatch(bodies.map((body) => logRecord({ body })))
    return destination.deliver(batch, (delivered) => settled.push(delivered), giveUp.signal)
  }

  it('hands over records, and settles with what the exporter answers', async () => {
    const delivery = deliver('a', 'b')
    deepStrictEqual(exporter.bodies, ['a', 'b'])
    deepStrictEqual(settled, [])
    exporter.calls[0]?.answer(SUCCESS)
    await delivery
    deepStrictEqual(settled, [{ exported: 2, failed: 0 }])
  })

  it('settles with how many failed, and a name for why', async () => {
    const delivery = deliver('a', 'b', 'c')
    exporter.calls[0]?.answer(
      failure(Object.assign(new Error('secret'), { failedRecords: 1, code: 'EFULL' })),
    )
    await delivery
    deepStrictEqual(settled, [{ exported: 2, failed: 1, reason: 'EFULL' }])
  })

  for (const [what, change] of [
    ['empties', (records: unknown[]) => records.splice(0)],
    ['adds to', (records: unknown[]) => records.push(...records)],
  ] as const) {
    it(`settles what it handed over, also if the exporter ${what} its batch`, async () => {
      const changing = Object.assign(exporter, {
        export: (records: unknown[], answer: (result: typeof SUCCESS) => void) => {
          change(records)
          answer(SUCCESS)
        },
      })
      destination = new ExporterDestination(changing, { timeoutMillis: TIMEOUT, concurrency: 1 }, clock)
      await deliver('a', 'b')
      deepStrictEqual(settled, [{ exported: 2, failed: 0 }])
    })
  }

  it('tells no code that is a sentence', async () => {
    const delivery = deliver('a')
    exporter.calls[0]?.answer(failure(Object.assign(new Error(), { code: 'the record was: a' })))
    await delivery
    deepStrictEqual(settled, [{ exported: 0, failed: 1, reason: 'error' }])
  })

  it('settles with an error that cannot be read', async () => {
    const hostile = new Proxy(new Error('secret'), {
      get: () => {
        throw new Error('no property')
      },
      has: () => {
        throw new Error('no property')
      },
    })
    const delivery = deliver('a')
    exporter.calls[0]?.answer(failure(hostile))
    await delivery
    deepStrictEqual(settled, [{ exported: 0, failed: 1, reason: 'error' }])
  })

  it('hands over what can be read of a batch, and settles the rest as invalid', async () => {
    const batch = encodedBatch([logRecord({ body: 'a' }), logRecord({ body: 'b' })])
    // The first record is not a record any more.
    batch.bytes[0] = 0
    const settle = (delivered: Delivered) => settled.push(delivered)
    const delivery = destination.deliver(batch, settle, giveUp.signal)
    deepStrictEqual(exporter.bodies, ['b'])
    exporter.calls[0]?.answer(SUCCESS)
    await delivery
    deepStrictEqual(settled, [{ exported: 1, failed: 1, reason: 'invalid' }])
  })

  it('calls an exporter whose call has timed out only when that has answered', async () => {
    const first = deliver('late')
    await clock.advance(TIMEOUT)
    await first
    deepStrictEqual(settled, [{ exported: 0, failed: 1, reason: 'timeout' }])
    const second = deliver('next')
    await clock.settle()
    deepStrictEqual(exporter.bodies, ['late'])
    exporter.calls[0]?.answer(SUCCESS)
    await clock.settle()
    deepStrictEqual(exporter.bodies, ['late', 'next'])
    exporter.calls[1]?.answer(SUCCESS)
    await second
    deepStrictEqual(settled.slice(1), [{ exported: 1, failed: 0 }])
    strictEqual(clock.pendingTimers, 0)
  })

  it('or one more time-out later, so that none waits for ever', async () => {
    const first = deliver('never')
    await clock.advance(TIMEOUT)
    await first
    void deliver('next')
    await clock.advance(TIMEOUT)
    deepStrictEqual(exporter.bodies, ['never', 'next'])
  })

  it('hands nothing over any more once it is to give up', async () => {
    void deliver('never')
    await clock.advance(TIMEOUT)
    const next = deliver('next')
    giveUp.abort()
    await clock.advance(TIMEOUT)
    await next
    ok(!exporter.bodies.includes('next'))
  })
})
