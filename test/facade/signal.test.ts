import assert from 'node:assert/strict'
import { signalOf } from '#src/facade/signal.js'
import { logRecord } from '../support/log-records.js'

describe('a record as a signal', () => {
  it('without a severity has no level', () => {
    assert.equal(signalOf(logRecord()).level, undefined)
    assert.equal(signalOf(logRecord({ severityNumber: 0 })).level, undefined)
  })

  const levels = [
    [1, 'trace'],
    [4, 'trace'],
    [5, 'debug'],
    [12, 'info'],
    [13, 'warn'],
    [20, 'error'],
    [24, 'fatal'],
  ] as const

  for (const [severityNumber, level] of levels) {
    it(`of severity number ${severityNumber} and another library's text has the level ${level}`, () => {
      assert.equal(signalOf(logRecord({ severityNumber, severityText: 'NOTICE' })).level, level)
    })
  }

  it('tells the part of such records that was kept', () => {
    const sampleOf = (rate: unknown) =>
      signalOf(Object.assign(logRecord(), { attributes: { 'sluice.sample_rate': rate } })).sample
    assert.deepEqual([0.25, 1, 0, 2, -1, '0.5', Number.NaN].map(sampleOf), [0.25, 1, 0, 1, 1, 1, 1])
  })

  it('has everything the record tells, and cannot be changed', () => {
    const spanContext = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
    }
    const record = logRecord({
      hrTime: [1_700_000_000, 500_000_000],
      hrTimeObserved: [1_700_000_001, 250_000],
      severityNumber: 12,
      severityText: 'report',
      eventName: 'order.placed',
      body: 'message',
      attributes: { items: 3 },
      spanContext,
      instrumentationScope: { name: 'shop' },
    })
    const signal = signalOf(record)
    assert.deepEqual(signal, {
      timestamp: 1_700_000_000_500,
      observedTimestamp: 1_700_000_001_000.25,
      level: 'report',
      severityNumber: 12,
      ns: 'shop',
      id: 'order.placed',
      message: 'message',
      data: { items: 3 },
      sample: 1,
      ...spanContext,
      resource: record.resource.attributes,
    })
    assert.ok(Object.isFrozen(signal))
  })
})
