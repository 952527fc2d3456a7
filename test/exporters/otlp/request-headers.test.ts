import { deepStrictEqual } from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, createServer, request as httpRequest } from 'node:http'
import { request as httpsRequest, Agent as TlsAgent } from 'node:https'
import { connect } from 'node:net'
import { urlToHttpOptions } from 'node:url'
import { requestHeaders } from '#src/exporters/otlp/request-headers.js'
import { listen } from '../../support/otlp-receiver.js'

const REQUIRED = { 'Content-Type': 'application/x-protobuf', 'User-Agent': 'test' }

/** What comes from environment variables, from options, and from the library is put together in this order. */
const CASES: readonly (readonly [title: string, url: string, headers: Record<string, string>])[] = [
  ['a host with a port', 'http://collector.internal:4318/v1/logs', {}],
  ['the port that http has anyway', 'http://collector.internal:80/v1/logs', {}],
  ['the port that https has anyway', 'https://collector.internal:443/v1/logs', {}],
  ['the port of the other', 'https://collector.internal:80/v1/logs', {}],
  ['an IPv6 address', 'http://[2001:db8::1]/v1/logs', {}],
  ['an IPv6 address with a port', 'http://[2001:db8::1]:4318/v1/logs', {}],
  ['a host that is not ASCII', 'http://bücher.example/v1/logs', {}],
  ['credentials', 'http://user:p%40ss%3Aword%C3%A4@collector.internal/v1/logs', {}],
  ['a user without a password', 'http://user@collector.internal/v1/logs', {}],
  ['credentials beside others', 'http://user:password@collector.internal/', { authorization: 'Bearer x' }],
  ['another host than that of the URL', 'http://127.0.0.1:4318/', { host: 'collector.internal' }],
  ['a name twice', 'http://collector.internal/', { 'X-Tenant': '1', 'x-tenant': '2' }],
  ['a header that the library sends', 'http://collector.internal/', { 'content-type': 'text/plain' }],
  ['several headers', 'http://collector.internal/?a=b', { 'x-tenant': 'a b', cookie: 'a=b; c=d' }],
]

describe('the headers of a request', () => {
  for (const [title, address, given] of CASES) {
    it(`are those that Node makes of an object, for ${title}`, async () => {
      const url = new URL(address)
      const headers = { ...given, ...REQUIRED }
      deepStrictEqual(await sent(url, requestHeaders(url, headers)), await sent(url, headers))
    })
  }

  it('say nothing of the body', () => {
    const given = { 'Content-Length': '7', 'content-encoding': 'br', 'transfer-encoding': 'chunked' }
    deepStrictEqual(requestHeaders(new URL('http://collector.internal'), given), [
      'Host',
      'collector.internal',
    ])
  })
})

/** What arrives of headers, by name, whatever the URL names as the receiver. */
async function sent(
  url: URL,
  headers: Readonly<Record<string, string>> | readonly string[],
): Promise<string[]> {
  let received: string[] = []
  const server = createServer(({ rawHeaders }, response) => {
    received = rawHeaders
    response.end()
  })
  const port = await listen(server)
  const isTls = url.protocol === 'https:'
  const createConnection = () => connect(port, '127.0.0.1')
  const agent = Object.assign(isTls ? new TlsAgent() : new Agent(), { createConnection })
  const options = { ...urlToHttpOptions(url), headers, agent }
  try {
    const outgoing = isTls ? httpsRequest(options) : httpRequest(options)
    outgoing.end()
    await once(outgoing, 'response')
  } finally {
    server.closeAllConnections()
    server.close()
  }
  const names = received.filter((_, i) => i % 2 === 0)
  return names.map((name, i) => `${name.toLowerCase()}: ${received[2 * i + 1]}`).sort()
}
