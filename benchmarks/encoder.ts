import { createRequire } from 'node:module'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { LogRecordEncoder } from '#src/exporters/otlp/log-record-encoder.js'
import { ProtobufWriter } from '#src/exporters/otlp/protobuf-writer.js'

/**
 * What it costs to turn a log record into OTLP: our encoder, one record at a time, beside the SDK's serializer, one
 * batch at a time as its exporter calls it. Rounds are interleaved; medians and their ratio are printed.
 */
interface Serializer {
  serializeRequest(records: readonly ReadableLogRecord[]): Uint8Array
}
const require = createRequire(
  createRequire(import.meta.url).resolve('@opentelemetry/exporter-logs-otlp-proto'),
)
const {
  ProtobufLogsSerializer: sdk,
}: { ProtobufLogsSerializer: Serializer } = require('@opentelemetry/otlp-transformer')

const BATCH = 512
const ROUNDS = 60
const WARM_UP_ROUNDS = 20
const BATCHES_PER_ROUND = 20

const resource = resourceFromAttributes({ 'service.name': 'benchmark' })
const instrumentationScope = { name: 'benchmark' }

function record(i: number, attributes: ReadableLogRecord['attributes'], body: string): ReadableLogRecord {
  return {
    hrTime: [1_700_000_000 + (i >> 8), i * 1_000],
    hrTimeObserved: [1_700_000_000 + (i >> 8), i * 1_000],
    severityNumber: 9,
    severityText: 'INFO',
    body,
    attributes,
    droppedAttributesCount: 0,
    resource,
    instrumentationScope,
  }
}

const SHAPES: readonly (readonly [name: string, make: (i: number) => ReadableLogRecord])[] = [
  [
    'five attributes',
    (i) =>
      record(
        i,
        {
          'http.request.method': 'GET',
          'url.path': `/api/v1/users/${i}`,
          'http.response.status_code': 200,
          'duration.ms': i / 7,
          cached: i % 2 === 0,
        },
        'request handled',
      ),
  ],
  ['a message alone', (i) => record(i, {}, `message ${i}`)],
  [
    'nested, with long text',
    (i) =>
      record(
        i,
        { user: { id: i, roles: ['reader', 'editor'] }, trace: `at function (file.js:${i}:1)\n`.repeat(20) },
        'x'.repeat(300),
      ),
  ],
  [
    'text that is not ASCII',
    (i) => record(i, { 'user.name': 'Zoë Łukasz', note: `日本語のメモ ${i}` }, `grüße ${i} 😀`),
  ],
]

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

const memory = new SharedArrayBuffer(1 << 20)
const writer = new ProtobufWriter(memory)
const encoder = new LogRecordEncoder(writer)

function nanosPerRecord(round: () => void): number {
  const start = process.hrtime.bigint()
  for (let i = 0; i < BATCHES_PER_ROUND; i++) round()
  return Number(process.hrtime.bigint() - start) / (BATCHES_PER_ROUND * BATCH)
}

for (const [name, make] of SHAPES) {
  const records = Array.from({ length: BATCH }, (_, i) => make(i))
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const our = nanosPerRecord(() => {
      for (const record of records) {
        writer.begin(0, memory.byteLength)
        encoder.encode(record)
      }
    })
    const their = nanosPerRecord(() => sdk.serializeRequest(records))
    if (round < WARM_UP_ROUNDS) continue
    ours.push(our)
    theirs.push(their)
  }
  const [our, their] = [median(ours), median(theirs)]
  const figures = `${our.toFixed(0).padStart(5)} ns, SDK ${their.toFixed(0).padStart(5)} ns`
  console.log(`${name.padEnd(24)} ${figures}, ratio ${(our / their).toFixed(2)}`)
}
