import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { decodeProtobuf } from '../../support/decode-otlp.js'
import { RequestEncoder } from '../../support/encoded-request.js'
import { logRecord } from '../../support/log-records.js'
import { RandomRecords } from '../../support/random-records.js'

type Value = ReadableLogRecord['body']

/** The serializer of the SDK's exporter, from the package that the exporter itself uses. */
interface Serializer {
  serializeRequest(records: readonly ReadableLogRecord[]): Uint8Array
}
const require = createRequire(
  createRequire(import.meta.url).resolve('@opentelemetry/exporter-logs-otlp-proto'),
)
const {
  ProtobufLogsSerializer: sdk,
}: { ProtobufLogsSerializer: Serializer } = require('@opentelemetry/otlp-transformer')

const ours = new RequestEncoder()

/** Continuous integration asks for 100,000. */
const RECORDS = Number(process.env.SLUICE_TEST_RECORDS ?? 20_000)
const BATCH = 250

function assertSame(records: readonly ReadableLogRecord[], replay: string): void {
  const actual = decodeProtobuf(ours.encode(records))
  const expected = decodeProtobuf(sdk.serializeRequest(records))
  if (isDeepStrictEqual(actual, expected)) return
  const first = expected.findIndex((record, i) => !isDeepStrictEqual(actual[i], record))
  assert.deepEqual(actual[first], expected[first], `record ${first} of ${replay}`)
  assert.fail(`another number of records in ${replay}`)
}

/** Any value that both have a type for; small when fast-check shrinks it. */
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.nat(0xffff), { maxLength: 50 }).map((units) => String.fromCharCode(...units)),
    fc.boolean(),
    fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger()).map((number) => number || Math.abs(number)),
    fc.constant(null),
    fc.uint8Array({ maxLength: 200 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 5, noNullPrototype: false }),
  ),
}))

describe("LogRecordEncoder, against the SDK's serializer", () => {
  it('writes what decodes to the same, for any value', () => {
    fc.assert(
      fc.property(value, fc.dictionary(fc.string(), value, { maxKeys: 4 }), (body, attributes) => {
        assertSame([logRecord({ body: body ?? null, attributes })], 'one')
      }),
      { numRuns: 2_000 },
    )
  })

  for (const depth of [1, 2, 63, 64]) {
    it(`writes what decodes to the same, for arrays and maps to depth ${depth}`, () => {
      for (const leaf of ['text', new Uint8Array([1, 2]), null, 7]) {
        let array: Value = leaf
        let map: Value = leaf
        for (let i = 0; i < depth; i++) {
          array = [array]
          map = { k: map }
        }
        assertSame([logRecord({ body: array }), logRecord({ body: map })], `depth ${depth}`)
      }
    })
  }

  it(`writes what decodes to the same, for ${RECORDS} records at random`, function () {
    this.timeout(120_000)
    const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() & 0x7fffffff)
    for (let done = 0; done < RECORDS; done += BATCH) {
      assertSame(new RandomRecords(seed + done).batch(BATCH), `the batch of SLUICE_TEST_SEED=${seed + done}`)
    }
  })
})
