import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { diag } from '@opentelemetry/api'
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import { delay, hang, inTurn, OtlpReceiver, refusingUrl, rejecting, reset, status } from './otlp-receiver.js'
import { exportTo, sdkRecords } from './sdk-records.js'

const EXPORTERS = { JSON: JsonExporter, protobuf: ProtobufExporter }

describe('the OTLP receiver of the tests', () => {
  let receiver: OtlpReceiver
  let exporter: LogRecordExporter

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
  })

  afterEach(async () => {
    await receiver.close()
  })

  it('refuses what is no OTLP logs request: 404, 405, 415, 400', async () => {
    const json = { 'content-type': 'application/json' }
    const post = { method: 'POST', headers: json, body: '{}' }
    const answered = async (url: string, init: RequestInit) => (await fetch(url, init)).status
    strictEqual(await answered(new URL('/v1/traces', receiver.url).href, post), 404)
    strictEqual(await answered(receiver.url, {}), 405)
    strictEqual(await answered(receiver.url, { ...post, headers: { 'content-type': 'text/plain' } }), 415)
    strictEqual(
      await answered(receiver.url, { ...post, headers: { ...json, 'content-encoding': 'br' } }),
      415,
    )
    strictEqual(await answered(receiver.url, { ...post, body: '{' }), 400)
    strictEqual(
      await answered(receiver.url, { ...post, headers: { ...json, 'content-encoding': 'gzip' } }),
      400,
    )
    strictEqual(receiver.records.length, 0)
    strictEqual(receiver.requests.length, 6)
  })

  it('refuses more than 64 MiB, announced, sent or compressed, without keeping it: 413', async () => {
    const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1')
    const head = [
      'POST /v1/logs HTTP/1.1',
      'host: a',
      'content-type: application/json',
      'content-length: 67108865',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n{`)
    const [answer]: Buffer[] = await once(socket, 'data')
    ok(answer?.toString().startsWith('HTTP/1.1 413 '))
    socket.destroy()

    const chunked = httpRequest(receiver.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    })
    const mebibyte = Buffer.alloc(1024 * 1024, ' ')
    for (let sent = 0; sent < 65; sent++) chunked.write(mebibyte)
    chunked.end()
    const [response]: IncomingMessage[] = await once(chunked, 'response')
    strictEqual(response?.statusCode, 413)

    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024 + 1), { level: 1 })
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    strictEqual((await fetch(receiver.url, { method: 'POST', headers, body: bomb })).status, 413)
  })

  it('can name the time to wait before another try', async () => {
    receiver.behaviour = () => status(429, '7')
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(receiver.url, { method: 'POST', headers, body: '{}' })
    strictEqual(answer.status, 429)
    strictEqual(answer.headers.get('retry-after'), '7')
  })

  it('takes compressed requests', async () => {
    const request = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'small' } }] }] }] }
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const answer = await fetch(receiver.url, {
      method: 'POST',
      headers,
      body: gzipSync(JSON.stringify(request)),
    })
    deepStrictEqual(await answer.json(), {})
    strictEqual(receiver.records[0]?.body, 'small')
  })

  it('says what came instead when records do not come in time', async () => {
    receiver.behaviour = () => status(400)
    exporter = new JsonExporter({ url: receiver.url })
    await rejects(exportTo(exporter, sdkRecords({ body: 'a' })))
    await rejects(
      receiver.waitForRecords(2, 1),
      new Error('expected 2 records within 1 ms; accepted 0 records of 1 requests, answered: 400'),
    )
    await rejects(receiver.waitForRequests(2, 1), /expected 2 requests/)
    await exporter.shutdown()
  })

  it('knows a URL where nothing listens', async () => {
    await rejects(fetch(await refusingUrl()), (error: Error) => {
      const { cause } = error
      return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
    })
  })

  for (const [encoding, Exporter] of Object.entries(EXPORTERS)) {
    describe(`for the SDK's exporter of ${encoding}`, () => {
      beforeEach(() => {
        exporter = new Exporter({ url: receiver.url, headers: { 'x-marker': 'here' } })
      })

      afterEach(async () => {
        await exporter.shutdown()
      })

      it('can answer with a status, and one behaviour after another', async () => {
        receiver.behaviour = inTurn(status(401), status(404))
        for (const code of [401, 404, 404]) {
          await rejects(exportTo(exporter, sdkRecords({ body: 'a' })), { code })
        }
        deepStrictEqual(
          receiver.requests.map((request) => [request.status, request.records.length]),
          [
            [401, 1],
            [404, 1],
            [404, 1],
          ],
        )
        strictEqual(receiver.records.length, 0)
      })

      it('can ask to be tried again after a while', async () => {
        receiver.behaviour = inTurn(status(503, '0'), delay(0))
        await exportTo(exporter, sdkRecords({ body: 'again' }))
        deepStrictEqual(
          receiver.requests.map((request) => request.status),
          [503, 200],
        )
        strictEqual(receiver.records.length, 1)
      })

      it('can reject some of the records, which the exporter hears of', async () => {
        const warnings: unknown[][] = []
        const ignore = () => {}
        const warn = (...told: unknown[]) => void warnings.push(told)
        diag.setLogger({ error: ignore, warn, info: ignore, debug: ignore, verbose: ignore })
        try {
          receiver.behaviour = () => rejecting(2)
          await exportTo(exporter, sdkRecords({ body: 1 }, { body: 2 }, { body: 3 }))
        } finally {
          diag.disable()
        }
        deepStrictEqual(
          receiver.records.map((record) => record.body),
          [1],
        )
        match(warnings.flat().join(' '), /"rejectedLogRecords":"?2"?.*rejected as the test asked/)
      })

      // The exporter tries again only while its time-out leaves room for a wait, so these are tried once.
      for (const [what, behaviour] of Object.entries({ reset, hang })) {
        it(`can leave a request without an answer: ${what}`, async () => {
          const impatient = new Exporter({ url: receiver.url, timeoutMillis: 500 })
          receiver.behaviour = () => behaviour
          const exported = rejects(exportTo(impatient, sdkRecords({ body: 'a' })))
          await receiver.waitForRequests(1)
          strictEqual(receiver.requests[0]?.status, undefined)
          await receiver.close()
          await exported
          strictEqual(receiver.requests.length, 1)
          await impatient.shutdown()
        })
      }

      it('takes records with everything they carry', async () => {
        const attributes = { int: 7, double: 1.5, empty: null, map: { bytes: Uint8Array.of(1) } }
        const sent = sdkRecords({
          timestamp: [1_700_000_000, 123_456_789],
          severityNumber: 9,
          severityText: 'info',
          eventName: 'event',
          body: 'hello',
          attributes,
        })
        await exportTo(exporter, sent)
        const [record] = await receiver.waitForRecords(1)
        ok(record)
        strictEqual(record.time, 1_700_000_000_123_456_789n)
        strictEqual(record.severityNumber, 9)
        strictEqual(record.severityText, 'info')
        strictEqual(record.eventName, 'event')
        strictEqual(record.body, 'hello')
        deepStrictEqual(record.attributes, attributes)
        strictEqual(record.scope.name, 'scope')
        strictEqual(record.scope.version, '1.2.3')
        deepStrictEqual(record.resource.attributes, { 'service.name': 'tested' })
        strictEqual(receiver.requests[0]?.headers['x-marker'], 'here')
      })
    })
  }
})
