import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { Agent } from 'node:http'
import { urlToHttpOptions } from 'node:url'
import { EncodedBatch } from '#src/exporters/otlp/encoded-batch.js'
import { OtlpDestination } from '#src/exporters/otlp/otlp-destination.js'
import { requestHeaders } from '#src/exporters/otlp/request-headers.js'
import type { Delivered } from '#src/exporters/thread/destination.js'
import { encodedBatch } from '../../support/encoded-batch.js'
import { logRecord } from '../../support/log-records.js'
import { ManualClock } from '../../support/manual-clock.js'
import {
  accept,
  answer,
  type Behaviour,
  hang,
  inTurn,
  OtlpReceiver,
  rejecting,
  reset,
  status,
} from '../../support/otlp-receiver.js'
import { until } from '../../support/turns.js'

const MIDDLE = 0.5
const numbered = (count: number) =>
  encodedBatch(Array.from({ length: count }, (_, i) => logRecord({ body: i })))

describe('OTLP delivery', () => {
  let receiver: OtlpReceiver
  let clock: ManualClock
  let destination: OtlpDestination
  let giveUp: AbortController
  let settled: Delivered[]

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
    clock = new ManualClock()
    destination = new OtlpDestination(
      {
        endpoint: urlToHttpOptions(new URL(receiver.url)),
        agent: new Agent({ keepAlive: true }),
        compression: 'none',
        headers: requestHeaders(new URL(receiver.url), { 'Content-Type': 'application/x-protobuf' }),
      },
      10_000,
      clock,
      () => MIDDLE,
    )
    giveUp = new AbortController()
    settled = []
  })

  afterEach(async () => {
    destination.close()
    await receiver.close()
  })

  const deliver = (batch: EncodedBatch) =>
    destination.deliver(batch, (delivered) => settled.push(delivered), giveUp.signal)
  const bodies = () => receiver.records.map(({ body }) => body)
  const totals = () =>
    settled.reduce(
      ({ exported, failed }, more) => ({ exported: exported + more.exported, failed: failed + more.failed }),
      { exported: 0, failed: 0 },
    )

  /** How long it pauses now, to the next time it would send. */
  async function pause(): Promise<number> {
    await until(() => clock.pendingTimers === 1)
    const start = clock.now()
    while (clock.pendingTimers === 1) await clock.advance(1)
    return clock.now() - start
  }

  describe('of what is refused', () => {
    for (const code of [400, 401, 403, 404, 500, 501]) {
      it(`fails at once and for good, with the status ${code}`, async () => {
        receiver.behaviour = () => status(code)
        await deliver(numbered(3))
        deepStrictEqual(settled, [{ exported: 0, failed: 3, reason: String(code) }])
        strictEqual(receiver.requests.length, 1)
      })
    }
  })

  describe('of what may be sent again', () => {
    it('sends it again, with longer and longer pauses, until it is taken', async () => {
      receiver.behaviour = inTurn(status(503), reset, status(429), status(502), status(504), accept)
      const delivered = deliver(numbered(3))
      const pauses: number[] = []
      for (let i = 0; i < 5; i++) pauses.push(await pause())
      await delivered
      deepStrictEqual(pauses, [500, 850, 1_445, 2_457, 4_177])
      deepStrictEqual(settled, [{ exported: 3, failed: 0 }])
      deepStrictEqual(bodies(), [0, 1, 2])
      strictEqual(clock.pendingTimers, 0)
    })

    it('waits as long as the receiver asks', async () => {
      receiver.behaviour = inTurn(status(503, '42'), accept)
      const delivered = deliver(numbered(1))
      strictEqual(await pause(), 42_000)
      await delivered
    })

    it('row 15: does not hurry because the receiver asks for no wait at all', async () => {
      receiver.behaviour = inTurn(status(503, '0'), status(503, '0'), status(503, '0'), accept)
      const delivered = deliver(numbered(1))
      deepStrictEqual([await pause(), await pause(), await pause()], [500, 850, 1_445])
      await delivered
      strictEqual(receiver.requests.length, 4)
    })

    it('sends the same again, whatever was sent meanwhile', async () => {
      const first = numbered(20)
      await deliver(first)
      receiver.behaviour = (index) => (index === 1 ? status(503) : accept)
      const repeated = numbered(10)
      const delivered = deliver(repeated)
      await until(() => clock.pendingTimers === 1)
      for (const length of [5, 3, 8]) {
        const other = numbered(length)
        await deliver(other)
      }
      await pause()
      await delivered
      const expected = [20, 5, 3, 8, 10].flatMap((length) => Array.from({ length }, (_, i) => i))
      deepStrictEqual(bodies(), expected)
    })

    it('goes on for as long as it takes, and leaves nothing behind', async () => {
      receiver.behaviour = (index) => (index < 60 ? status(503) : accept)
      const delivered = deliver(numbered(1))
      for (let i = 0; i < 60; i++) await pause()
      await delivered
      deepStrictEqual(settled, [{ exported: 1, failed: 0 }])
      strictEqual(receiver.connections, 1)
      strictEqual(clock.pendingTimers, 0)
      deepStrictEqual(getEventListeners(giveUp.signal, 'abort'), [])
    })
  })

  describe('of what is too large', () => {
    const atMost = (count: number) => (_index: number, records: readonly unknown[]) =>
      records.length > count ? status(413) : accept

    it('fails exactly the records that are too large by themselves', async () => {
      receiver.behaviour = (_index, records): Behaviour =>
        records.some(({ body }) => body === 3 || body === 6) ? status(413) : accept
      await deliver(numbered(10))
      deepStrictEqual(totals(), { exported: 8, failed: 2 })
      deepStrictEqual(
        settled.filter(({ failed }) => failed > 0),
        [1, 1].map((failed) => ({ exported: 0, failed, reason: '413' })),
      )
      deepStrictEqual(bodies(), [0, 1, 2, 4, 5, 7, 8, 9])
    })

    it('sends it in halves, in order', async () => {
      receiver.behaviour = atMost(3)
      await deliver(numbered(11))
      deepStrictEqual(totals(), { exported: 11, failed: 0 })
      deepStrictEqual(
        bodies(),
        Array.from({ length: 11 }, (_, i) => i),
      )
    })

    it('sends a half again on its own, and none that has arrived', async () => {
      receiver.behaviour = inTurn(status(413), accept, status(503), accept)
      const delivered = deliver(numbered(4))
      await pause()
      await delivered
      deepStrictEqual(
        settled,
        [2, 2].map((exported) => ({ exported, failed: 0 })),
      )
      deepStrictEqual(bodies(), [0, 1, 2, 3])
    })

    it('row 16: sends no request above 64 MiB, whatever the receiver takes', async () => {
      const one = encodedBatch([logRecord({ body: 'x'.repeat(2 * 1024 * 1024 - 100) })])
      const [record] = one.records()
      ok(record !== undefined)
      const { end, context } = record
      const many = new Uint8Array(40 * end)
      for (let i = 0; i < 40; i++) many.set(one.bytes.subarray(0, end), i * end)
      const starts = Uint32Array.from({ length: 41 }, (_, i) => i * end)
      await deliver(new EncodedBatch(many, starts, [{ context, from: 0, to: 40 }]))
      deepStrictEqual(
        settled,
        [20, 20].map((exported) => ({ exported, failed: 0 })),
      )
      const lengths = receiver.requests.map(({ headers }) => Number(headers['content-length']))
      ok(lengths.every((length) => length <= 64 * 1024 * 1024))
    }).timeout(20_000)
  })

  describe('of what is taken in part', () => {
    it('counts what the receiver rejects as failed, and sends nothing again', async () => {
      receiver.behaviour = () => rejecting(2)
      await deliver(numbered(5))
      deepStrictEqual(settled, [{ exported: 3, failed: 2, reason: 'rejected' }])
      strictEqual(receiver.requests.length, 1)
    })

    it('believes no more rejected records than it sent', async () => {
      receiver.behaviour = () => answer(200, Uint8Array.of(0x0a, 2, 0x08, 100))
      await deliver(numbered(5))
      deepStrictEqual(settled, [{ exported: 0, failed: 5, reason: 'rejected' }])
    })

    it('takes a broken answer for a plain yes', async () => {
      receiver.behaviour = () => answer(200, Uint8Array.of(0x0a, 2, 0x08, 0x80))
      await deliver(numbered(5))
      deepStrictEqual(settled, [{ exported: 5, failed: 0 }])
    })
  })

  describe('that is given up', () => {
    it('ends at once during a pause, and settles nothing', async () => {
      receiver.behaviour = () => status(503, '300')
      const delivered = deliver(numbered(3))
      await until(() => clock.pendingTimers === 1)
      giveUp.abort()
      await delivered
      deepStrictEqual(settled, [])
      strictEqual(clock.pendingTimers, 0)
      strictEqual(receiver.requests.length, 1)
    })

    it('ends at once while the receiver keeps it waiting', async () => {
      receiver.behaviour = () => hang
      const delivered = deliver(numbered(3))
      await receiver.waitForRequests(1)
      giveUp.abort()
      await delivered
      deepStrictEqual(settled, [])
      strictEqual(clock.pendingTimers, 0)
    })

    it('leaves the second half of what was too large', async () => {
      receiver.behaviour = inTurn(status(413), accept, hang)
      const delivered = deliver(numbered(4))
      await receiver.waitForRequests(3)
      giveUp.abort()
      await delivered
      deepStrictEqual(settled, [{ exported: 2, failed: 0 }])
    })
  })
})
