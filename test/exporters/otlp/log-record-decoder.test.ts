import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { AnyValueCopier } from '#src/common/any-value.js'
import type { EncodedRecord } from '#src/exporters/otlp/encoded-batch.js'
import { decodable, LogRecordDecoder } from '#src/exporters/otlp/log-record-decoder.js'
import { otlpJsonLine } from '#src/exporters/otlp-json.js'
import { readableLine } from '#src/exporters/readable-line.js'
import { LogRecordSnapshot } from '#src/processors/snapshot.js'
import { encodedBatch } from '../../support/encoded-batch.js'
import { logRecord } from '../../support/log-records.js'
import { RandomRecords } from '../../support/random-records.js'

const RECORDS = 5_000
const BATCH = 250

/** Records once encoded and decoded, each with a context of its own. */
function decoded(records: readonly ReadableLogRecord[]): ReadableLogRecord[] {
  const batch = encodedBatch(records)
  const decoder = new LogRecordDecoder(batch.bytes)
  return [...batch.records()].map((record) => decoder.decode(record))
}

function decodedOne(fields: Partial<ReadableLogRecord>): ReadableLogRecord {
  const [record] = decoded([logRecord(fields)])
  if (record === undefined) throw new RangeError('not decoded')
  return record
}

/** Keys that differ only in what UTF-8 cannot express become one; a queue has done that to a record, not to its resource. */
function sound(record: ReadableLogRecord): ReadableLogRecord {
  const { resource, instrumentationScope } = record
  const attributes = new AnyValueCopier().copyAttributes(instrumentationScope.attributes ?? {})
  const resourceAttributes: ReadableLogRecord['resource']['attributes'] = {}
  Object.assign(resourceAttributes, new AnyValueCopier().copyAttributes(resource.attributes))
  const { schemaUrl } = resource
  return {
    ...record,
    resource: resourceFromAttributes(resourceAttributes, schemaUrl === undefined ? {} : { schemaUrl }),
    instrumentationScope: { ...instrumentationScope, attributes },
  }
}

/** A line as it is in a file. */
function written(line: string): string {
  return Buffer.from(line).toString()
}

describe('LogRecordDecoder', () => {
  it(`makes records of which the same lines become, byte for byte, as in a queue on this thread (${RECORDS} at random)`, function () {
    this.timeout(120_000)
    const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() & 0x7fffffff)
    const random = new RandomRecords(seed)
    for (let done = 0; done < RECORDS; done += BATCH) {
      const records = random.batch(BATCH).map(sound)
      for (const [i, back] of decoded(records).entries()) {
        const record = records[i]
        if (record === undefined) throw new RangeError('one too many')
        const snapshot = new LogRecordSnapshot(record)
        for (const lineOf of [otlpJsonLine, readableLine]) {
          strictEqual(written(lineOf(back)), written(lineOf(snapshot)), `record ${done + i} of seed ${seed}`)
        }
      }
    }
  })

  it('gives a record back with all that it had', () => {
    const record = logRecord({
      hrTime: [1_700_000_000, 123_456_789],
      hrTimeObserved: [1_700_000_001, 0],
      severityNumber: 17,
      severityText: 'ERROR',
      eventName: 'order.placed',
      body: { text: 'ü', list: [1, null, true, 0.5], bytes: new Uint8Array([1, 2]) },
      attributes: { n: -7, ['__proto__']: 'own' },
      droppedAttributesCount: 3,
      spanContext: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
      instrumentationScope: {
        name: 'scope',
        version: '1',
        schemaUrl: 'http://scope',
        attributes: { a: 'b' },
      },
      resource: resourceFromAttributes({ 'service.name': 'shop' }, { schemaUrl: 'http://resource' }),
    })
    const { resource, ...back } = decodedOne(record)
    const { resource: original, ...rest } = record
    deepStrictEqual(back, rest)
    deepStrictEqual([resource.attributes, resource.schemaUrl], [original.attributes, original.schemaUrl])
  })

  it('gives integers that no number is equal to as their digits', () => {
    const { attributes } = decodedOne({
      attributes: numbersOf({ big: 2n ** 53n + 1n, negative: -(2n ** 63n) }),
    })
    deepStrictEqual(attributes, { big: '9007199254740993', negative: -(2 ** 63) })
  })

  it('gives records of one context the same resource and scope, as exporters group them by', () => {
    const [first, second] = decodable(encodedBatch([logRecord(), logRecord()]))
    strictEqual(first?.resource, second?.resource)
    strictEqual(first?.instrumentationScope, second?.instrumentationScope)
  })

  it('gives resources that merge and have raw attributes, like those of the SDK', async () => {
    const { resource } = decodedOne({ resource: resourceFromAttributes({ a: '1', b: '2' }) })
    const merged = resource.merge(resourceFromAttributes({ b: '3' }, { schemaUrl: 'http://other' }))
    deepStrictEqual([merged.attributes, merged.schemaUrl], [{ a: '1', b: '3' }, 'http://other'])
    deepStrictEqual(resource.getRawAttributes(), [
      ['a', '1'],
      ['b', '2'],
    ])
    strictEqual(resource.merge(null), resource)
    strictEqual(await resource.waitForAsyncAttributes?.(), undefined)
  })

  it('passes over fields that it does not know', () => {
    const batch = encodedBatch([logRecord({ body: 'known' })])
    const [entry] = batch.records()
    if (entry === undefined) throw new RangeError('not encoded')
    const known = batch.bytes.slice(entry.start, entry.end)
    // Fields 100 to 103, one of each wire type.
    const unknown = [0xa0, 6, 0x80, 1, 0xa9, 6, 1, 2, 3, 4, 5, 6, 7, 8, 0xb2, 6, 2, 9, 9, 0xbd, 6, 1, 2, 3, 4]
    const message = Uint8Array.from([
      known[0] ?? 0,
      (known[1] ?? 0) + unknown.length,
      ...known.slice(2),
      ...unknown,
    ])
    const record: EncodedRecord = { ...entry, start: 0, end: message.length }
    deepStrictEqual(
      new LogRecordDecoder(message).decode(record),
      new LogRecordDecoder(batch.bytes).decode(entry),
    )
  })

  it('reads nothing outside the record, whatever its bytes are', () => {
    const batch = encodedBatch([logRecord({ attributes: { key: ['value', { deep: 1 }] } })])
    const [entry] = batch.records()
    if (entry === undefined) throw new RangeError('not encoded')
    for (let end = entry.start; end < entry.end; end++) {
      throws(() => new LogRecordDecoder(batch.bytes).decode({ ...entry, end }), {
        name: 'BrokenMessageError',
      })
    }
  })
})

/** Values that the types do not have, but applications do. */
function numbersOf(values: Readonly<Record<string, bigint>>): ReadableLogRecord['attributes'] {
  const attributes: ReadableLogRecord['attributes'] = {}
  return Object.assign(attributes, values)
}
