import { ok, strictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { parseRetryAfter, retryDelay } from '#src/exporters/otlp/retry-delay.js'

const random = () => fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('the pause before a request is sent again', () => {
  it('is half a second at first, and up to a quarter longer or shorter', () => {
    strictEqual(retryDelay(0, undefined, 0.5), 500)
    strictEqual(retryDelay(0, undefined, 0), 375)
    strictEqual(retryDelay(0, undefined, 1), 625)
  })

  it('grows exponentially up to ten seconds, and not beyond, however long the receiver is away', () => {
    strictEqual(retryDelay(1, undefined, 0.5), 850)
    strictEqual(Math.round(retryDelay(2, undefined, 0.5)), 1_445)
    for (const retries of [6, 100, 1_000_000, Number.MAX_SAFE_INTEGER]) {
      strictEqual(retryDelay(retries, undefined, 0.5), 10_000)
    }
  })

  it('is never shorter than the receiver asked for, but for what no receiver may ask', () => {
    strictEqual(retryDelay(0, 30_000, 0.5), 30_000)
    strictEqual(retryDelay(0, 3_600_000, 0.5), 300_000)
    strictEqual(retryDelay(0, Number.POSITIVE_INFINITY, 0.5), 300_000)
  })

  it('is not left out because the receiver asked for none', () => {
    ok(retryDelay(0, 0, 0) >= 375)
  })

  it('stays within these bounds whatever comes', () => {
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.nat(), { nil: undefined }), random(), (retries, asked, drawn) => {
        const pause = retryDelay(retries, asked, drawn)
        ok(pause >= 375 && pause <= Math.max(12_500, Math.min(asked ?? 0, 300_000)))
      }),
    )
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 9, 21, 7, 28)
  const parsed = (header: string | undefined) => parseRetryAfter(header, now)

  it('says nothing when it is not there, or is neither seconds nor an HTTP date', () => {
    for (const header of [undefined, '', 'soon', '-1', '1.5', '1e3', '0x10', '12 s', 'busy 2099', ',']) {
      strictEqual(parsed(header), undefined, header)
    }
  })

  it('gives seconds', () => {
    strictEqual(parsed('0'), 0)
    strictEqual(parsed('120'), 120_000)
    strictEqual(parsed(' 7 '), 7_000)
    strictEqual(parsed('9'.repeat(400)), Number.POSITIVE_INFINITY)
  })

  it('gives a date in each of the three forms of HTTP', () => {
    strictEqual(parsed('Wed, 21 Oct 2026 07:28:30 GMT'), 30_000)
    strictEqual(parsed('Wednesday, 21-Oct-26 07:28:30 GMT'), 30_000)
    ok((parsed('Wed Oct 21 07:28:30 2026') ?? -1) >= 0)
  })

  it('gives no wait for a date that has passed', () => {
    strictEqual(parsed('Wed, 21 Oct 2015 07:28:00 GMT'), 0)
  })

  it('never throws, and never gives a negative time', () => {
    fc.assert(fc.property(fc.string(), (header) => (parsed(header) ?? 0) >= 0))
  })
})
