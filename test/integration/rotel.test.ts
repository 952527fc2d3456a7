import { deepStrictEqual, match, rejects, strictEqual } from 'node:assert/strict'
import type { AnyValue } from '@opentelemetry/api-logs'
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { QueueLogRecordProcessor } from 'otel-sluice'
import type { ExactValue } from '../support/decode-otlp.js'
import { leaveOut } from '../support/leave-out.js'
import { OtlpReceiver } from '../support/otlp-receiver.js'
import { Rotel, rotelUnavailable } from '../support/rotel.js'
import { runExample } from '../support/run-example.js'
import { exportTo, sdkRecords } from '../support/sdk-records.js'

interface Row {
  readonly value: AnyValue
  /** What our receiver decodes. */
  readonly exact: ExactValue
  /** What Rotel prints. */
  readonly printed: string
}

const text = (value: string): ExactValue => ({ kind: 'string', value })
const int = (value: bigint): ExactValue => ({ kind: 'int', value })
const double = (value: number): ExactValue => ({ kind: 'double', value })
const empty: ExactValue = { kind: 'empty' }

/** The values that Rotel takes in JSON as well as in protobuf, by the name of the attribute that carries them. */
const EVERYWHERE: Record<string, Row> = {
  text: { value: 'text', exact: text('text'), printed: 'Str(text)' },
  emptyText: { value: '', exact: text(''), printed: 'Str()' },
  unicode: { value: 'é漢🎈', exact: text('é漢🎈'), printed: 'Str(é漢🎈)' },
  controls: { value: 'a\u0000b\tc', exact: text('a\u0000b\tc'), printed: 'Str(a\u0000b\tc)' },
  int: { value: 7, exact: int(7n), printed: 'Int(7)' },
  negative: { value: -3, exact: int(-3n), printed: 'Int(-3)' },
  safest: {
    value: Number.MAX_SAFE_INTEGER,
    exact: int(9_007_199_254_740_991n),
    printed: 'Int(9007199254740991)',
  },
  double: { value: 1.5, exact: double(1.5), printed: 'Double(1.5)' },
  true: { value: true, exact: { kind: 'bool', value: true }, printed: 'Bool(true)' },
  false: { value: false, exact: { kind: 'bool', value: false }, printed: 'Bool(false)' },
  bytes: {
    value: Uint8Array.of(0, 255),
    exact: { kind: 'bytes', value: Uint8Array.of(0, 255) },
    printed: 'Bytes([0, 255])',
  },
  emptyBytes: {
    value: new Uint8Array(),
    exact: { kind: 'bytes', value: new Uint8Array() },
    printed: 'Bytes([])',
  },
  array: {
    value: ['a', 1, 2.5, true, ['nested']],
    exact: {
      kind: 'array',
      value: [
        text('a'),
        int(1n),
        double(2.5),
        { kind: 'bool', value: true },
        { kind: 'array', value: [text('nested')] },
      ],
    },
    printed: 'Slice(Str(a), Int(1), Double(2.5), Bool(true), Slice(Str(nested)))',
  },
  emptyArray: { value: [], exact: { kind: 'array', value: [] }, printed: 'Slice()' },
  map: {
    value: { a: { b: [{ c: 1 }] }, d: 'e' },
    exact: {
      kind: 'map',
      value: [
        [
          'a',
          {
            kind: 'map',
            value: [['b', { kind: 'array', value: [{ kind: 'map', value: [['c', int(1n)]] }] }]],
          },
        ],
        ['d', text('e')],
      ],
    },
    printed: 'Map(a:Map(b:Slice(Map(c:Int(1)))), d:Str(e))',
  },
  emptyMap: { value: {}, exact: { kind: 'map', value: [] }, printed: 'Map()' },
  loneSurrogate: { value: 'a\ud800b', exact: text('a\ufffdb'), printed: 'Str(a\ufffdb)' },
  'key\udc00': { value: 'lone', exact: text('lone'), printed: 'Str(lone)' },
}

/** The values that Rotel takes in protobuf only: JSON has no such number, or Rotel refuses an empty AnyValue in it. */
const IN_PROTOBUF: Record<string, Row> = {
  null: { value: null, exact: empty, printed: 'Empty' },
  undefined: { value: undefined, exact: empty, printed: 'Empty' },
  nullInArray: {
    value: ['a', null],
    exact: { kind: 'array', value: [text('a'), empty] },
    printed: 'Slice(Str(a), Empty)',
  },
  nullInMap: { value: { a: null }, exact: { kind: 'map', value: [['a', empty]] }, printed: 'Map(a:Empty)' },
  notANumber: { value: Number.NaN, exact: double(Number.NaN), printed: 'Double(NaN)' },
  infinity: {
    value: Number.POSITIVE_INFINITY,
    exact: double(Number.POSITIVE_INFINITY),
    printed: 'Double(inf)',
  },
  negativeInfinity: {
    value: Number.NEGATIVE_INFINITY,
    exact: double(Number.NEGATIVE_INFINITY),
    printed: 'Double(-inf)',
  },
  wholeAboveInt64: { value: 2 ** 63, exact: double(2 ** 63), printed: 'Double(9223372036854776000)' },
}

function isNothing(value: AnyValue): boolean {
  return value === null || value === undefined
}

describe('every attribute type, at a real OTLP agent and at our receiver', () => {
  let rotel: Rotel
  let receiver: OtlpReceiver

  before(async function () {
    const reason = rotelUnavailable()
    if (reason !== undefined) leaveOut(this, reason)
    // The first run downloads the agent (27 MB).
    this.timeout(120_000)
    rotel = await Rotel.start()
    receiver = await OtlpReceiver.start()
  })

  after(async () => {
    await rotel?.close()
    await receiver?.close()
  })

  it('tells what it refuses: an empty value in JSON', async () => {
    const exporter = new JsonExporter({ url: rotel.url })
    await rejects(exportTo(exporter, sdkRecords({ attributes: { a: null } })), { code: 400 })
    await exporter.shutdown()
  })

  it('takes what the WebSocket service example sends, and the example finds that all is accounted for', async () => {
    const { code, stdout, stderr } = await runExample({
      OTEL_EXPORTER_OTLP_ENDPOINT: new URL('/', rotel.url).href,
    })
    strictEqual(code, 0, `${stdout}\n${stderr}`)
    match(stdout, /the endpoint acknowledged [1-9]/)
    await rotel.waitForOutput('Body: Str(message received)')
  })

  const ENCODINGS = {
    protobuf: { Exporter: ProtobufExporter, rows: { ...EVERYWHERE, ...IN_PROTOBUF } },
    JSON: { Exporter: JsonExporter, rows: EVERYWHERE },
  }
  for (const [encoding, { Exporter, rows }] of Object.entries(ENCODINGS)) {
    it(`arrives in ${encoding}`, async () => {
      const processors = [rotel.url, receiver.url].map(
        (url) => new QueueLogRecordProcessor({ exporter: new Exporter({ url }) }),
      )
      const provider = new LoggerProvider({ processors })
      const logger = provider.getLogger(encoding)
      for (const [key, { value }] of Object.entries(rows)) {
        logger.emit({
          eventName: `${encoding}.${key.toWellFormed()}`,
          body: isNothing(value) ? 'no body' : value,
          attributes: { [key]: value },
        })
      }
      await provider.forceFlush()

      const count = Object.keys(rows).length
      for (const processor of processors) {
        const { exported, failed } = processor.stats()
        deepStrictEqual({ exported, failed }, { exported: count, failed: 0 })
      }

      const ofThisEncoding = receiver.records.filter((record) => record.scope.name === encoding)
      deepStrictEqual(
        ofThisEncoding.map((record) => record.exactAttributes),
        Object.entries(rows).map(([key, { exact }]) => [[key.toWellFormed(), exact]]),
      )
      deepStrictEqual(
        ofThisEncoding.map((record) => record.exactBody),
        Object.values(rows).map(({ value, exact }) => (isNothing(value) ? text('no body') : exact)),
      )
      for (const [key, { value, printed }] of Object.entries(rows)) {
        const name = key.toWellFormed()
        const body = isNothing(value) ? 'Str(no body)' : printed
        await rotel.waitForOutput(
          `EventName: ${encoding}.${name}\nBody: ${body}\nAttributes:\n     -> ${name}: ${printed}\n`,
        )
      }
      await provider.shutdown()
    })
  }
})
