import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { urlToHttpOptions } from 'node:url'
import { exportRequest } from '#src/exporters/otlp/export-request.js'
import { type AttemptResult, attempt, type HttpTarget } from '#src/exporters/otlp/http-attempt.js'
import { requestHeaders } from '#src/exporters/otlp/request-headers.js'
import { selfSigned } from '../../support/certificates.js'
import { encodedBatch } from '../../support/encoded-batch.js'
import { logRecord } from '../../support/log-records.js'
import {
  accept,
  answer,
  hang,
  inTurn,
  OtlpReceiver,
  refusingUrl,
  rejecting,
  reset,
  status,
} from '../../support/otlp-receiver.js'
import { until } from '../../support/turns.js'

/** Far longer than a local receiver needs. */
const AMPLE_MILLIS = 10_000

const never = new AbortController().signal
const body = exportRequest(encodedBatch([logRecord({ body: 'first' }), logRecord({ body: 'second' })]))

describe('one attempt to send a request', () => {
  let receiver: OtlpReceiver
  let agent: Agent

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
    agent = new Agent({ keepAlive: true })
  })

  afterEach(async () => {
    agent.destroy()
    await receiver.close()
  })

  const target = (options: Partial<HttpTarget> = {}): HttpTarget => ({
    endpoint: urlToHttpOptions(new URL(receiver.url)),
    agent,
    compression: 'none',
    headers: requestHeaders(new URL(receiver.url), { 'Content-Type': 'application/x-protobuf' }),
    ...options,
  })
  const send = (options?: Partial<HttpTarget>, timeoutMillis = AMPLE_MILLIS, signal = never) =>
    attempt(target(options), body, timeoutMillis, signal)

  describe('may be made again', () => {
    for (const code of [429, 502, 503, 504]) {
      it(`after ${code}`, async () => {
        receiver.behaviour = () => status(code)
        deepStrictEqual(await send(), { kind: 'retryable', reason: String(code) })
      })
    }

    it('after the time that the receiver asks for', async () => {
      receiver.behaviour = () => status(503, '7')
      deepStrictEqual(await send(), { kind: 'retryable', reason: '503', retryAfterMillis: 7_000 })
    })

    it('when the connection is refused', async () => {
      const refused = await send({ endpoint: urlToHttpOptions(new URL(await refusingUrl())) })
      deepStrictEqual(refused, { kind: 'retryable', reason: 'ECONNREFUSED' })
    })

    it('when the connection is reset', async () => {
      receiver.behaviour = () => reset
      deepStrictEqual(await send(), { kind: 'retryable', reason: 'ECONNRESET' })
    })

    it('when no answer comes in time, and lets go of the connection', async () => {
      receiver.behaviour = () => hang
      deepStrictEqual(await send({}, 50), { kind: 'retryable', reason: 'timeout' })
      await closed(agent)
    })

    it('when it is given up, before or while it is under way', async () => {
      receiver.behaviour = () => hang
      const aborted = { kind: 'retryable', reason: 'aborted' }
      deepStrictEqual(await send({}, AMPLE_MILLIS, AbortSignal.abort()), aborted)
      const giveUp = new AbortController()
      const sent = send({}, AMPLE_MILLIS, giveUp.signal)
      await receiver.waitForRequests(1)
      giveUp.abort()
      deepStrictEqual(await sent, aborted)
      await closed(agent)
    })
  })

  describe('is refused for good', () => {
    for (const code of [301, 400, 401, 403, 404, 500, 501, 505]) {
      it(`with ${code}`, async () => {
        receiver.behaviour = () => status(code)
        deepStrictEqual(await send(), { kind: 'refused', reason: String(code) })
      })
    }

    it('when no request can be made with these headers', async () => {
      const headers = ['authorization', 'two\nlines']
      deepStrictEqual(await send({ headers }), { kind: 'refused', reason: 'ERR_INVALID_CHAR' })
    })
  })

  it('is too large with 413', async () => {
    receiver.behaviour = () => status(413)
    deepStrictEqual(await send(), { kind: 'too_large' })
  })

  it('is accepted with any 2xx, and brings the records', async () => {
    receiver.behaviour = inTurn(accept, answer(202, ''), rejecting(1))
    for (let i = 0; i < 3; i++) strictEqual((await send()).kind, 'accepted')
    deepStrictEqual(
      receiver.records.map(({ body }) => body),
      ['first', 'second', 'first'],
    )
  })

  describe('whose answer has come in part', () => {
    /** A server that reads the beginning of a request, answers with `text`, and then does as told. */
    async function against(
      text: string,
      then: (socket: Socket) => void,
      timeoutMillis = AMPLE_MILLIS,
      payload = body,
    ): Promise<AttemptResult> {
      const sockets: Socket[] = []
      const server = createServer((socket) => {
        sockets.push(socket)
        socket.on('error', () => undefined)
        socket.once('data', () => socket.write(text, () => then(socket)))
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      try {
        const url = new URL(`http://127.0.0.1:${port}/v1/logs`)
        return await attempt(target({ endpoint: urlToHttpOptions(url) }), payload, timeoutMillis, never)
      } finally {
        for (const socket of sockets) socket.destroy()
        server.close()
      }
    }
    const cut = (code: string) => `HTTP/1.1 ${code}\r\ncontent-length: 1000\r\n\r\nhalf`

    it('counts by its status when the connection breaks: what was accepted is not sent twice', async () => {
      strictEqual((await against(cut('200 OK'), (socket) => socket.resetAndDestroy())).kind, 'accepted')
      strictEqual((await against(cut('200 OK'), (socket) => socket.end())).kind, 'accepted')
      strictEqual((await against(cut('400 Bad Request'), (socket) => socket.end())).kind, 'refused')
      strictEqual((await against(cut('503 Busy'), (socket) => socket.end())).kind, 'retryable')
    })

    it('counts by its status when the rest does not come in time', async () => {
      strictEqual((await against(cut('200 OK'), () => undefined, 50)).kind, 'accepted')
      await closed(agent)
    })

    it('may be made again when the connection breaks before the status', async () => {
      const reason = (result: AttemptResult) => result.kind === 'retryable' && result.reason
      strictEqual(reason(await against('HTTP/1.1 ', (socket) => socket.end())), 'ECONNRESET')
    })

    it('is taken from a receiver that does not read the request to its end, whose connection is closed', async () => {
      const large = new Uint8Array(8 * 1024 * 1024)
      const tooLarge = 'HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n'
      const result = await against(tooLarge, (socket) => socket.pause(), AMPLE_MILLIS, large)
      strictEqual(result.kind, 'too_large')
      await closed(agent)
    })
  })

  it('reads 4 MiB of an answer; a longer one counts by its status, and its connection is not used again', async () => {
    const limit = 4 * 1024 * 1024
    receiver.behaviour = inTurn(
      answer(200, new Uint8Array(limit)),
      answer(200, new Uint8Array(limit + 1)),
      answer(400, new Uint8Array(limit + 1)),
      accept,
    )
    const longest = await send()
    strictEqual(longest.kind === 'accepted' && longest.response.byteLength, limit)
    strictEqual(receiver.connections, 1)
    deepStrictEqual(await send(), { kind: 'accepted', response: new Uint8Array() })
    strictEqual(receiver.connections, 1)
    deepStrictEqual(await send(), { kind: 'refused', reason: '400' })
    strictEqual(receiver.connections, 2)
    await send()
    strictEqual(receiver.connections, 3)
  })

  it('uses a connection again, whatever it was answered', async () => {
    receiver.behaviour = inTurn(accept, status(503), status(413), status(400), accept)
    for (let i = 0; i < 5; i++) await send()
    strictEqual(receiver.requests.length, 5)
    strictEqual(receiver.connections, 1)
  })

  it('is compressed when that is wanted', async () => {
    await send({ compression: 'gzip' })
    strictEqual(receiver.requests[0]?.headers['content-encoding'], 'gzip')
    strictEqual(receiver.records.length, 2)
  })

  describe('over TLS', () => {
    const server = selfSigned('receiver')
    const client = selfSigned('client')

    async function sendTo(secured: OtlpReceiver, options: object): Promise<AttemptResult> {
      const agent = new TlsAgent({ keepAlive: true, ...options })
      try {
        return await send({ endpoint: urlToHttpOptions(new URL(secured.url)), agent })
      } finally {
        agent.destroy()
        await secured.close()
      }
    }

    it('may be made again when the certificate is not to be trusted', async () => {
      const result = await sendTo(await OtlpReceiver.startTls(server), {})
      deepStrictEqual(result, { kind: 'retryable', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    })

    it('is refused when its own certificate is none', async () => {
      const result = await sendTo(await OtlpReceiver.startTls(server), { cert: 'none', key: 'none' })
      strictEqual(result.kind, 'refused')
    })

    it('may be made again when the receiver wants a certificate and there is none', async () => {
      const secured = await OtlpReceiver.startTls({ ...server, ca: client.cert, requestCert: true })
      strictEqual((await sendTo(secured, { ca: server.cert })).kind, 'retryable')
      strictEqual(secured.records.length, 0)
    })

    it('is accepted with the authority and a certificate of its own', async () => {
      const secured = await OtlpReceiver.startTls({ ...server, ca: client.cert, requestCert: true })
      strictEqual((await sendTo(secured, { ca: server.cert, ...client })).kind, 'accepted')
      strictEqual(secured.records.length, 2)
    })
  })
})

/** Resolves when an agent has no connection in use any more. */
async function closed(agent: Agent): Promise<void> {
  await until(() => Object.keys(agent.sockets).length === 0)
}
