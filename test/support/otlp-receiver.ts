import { EventEmitter, once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer, type ServerOptions, type Server as TlsServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import {
  acceptLogs,
  RefusedRequest,
  readLogsRequest,
  refuse,
} from '../../examples/websocket-service/otlp-http.js'
import type { DecodedLogRecord } from './decode-otlp.js'

/** What the receiver does with one request that it has read and decoded. */
export type Behaviour =
  /** Takes all records, or all but the last `rejected` ones (a partial success). */
  | { readonly kind: 'accept'; readonly rejected: number }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Closes the connection instead of answering. */
  | { readonly kind: 'reset' }
  /** Answers with exactly this: a body of any length and kind. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: string | Uint8Array }
  | { readonly kind: 'delay'; readonly millis: number; readonly then: Behaviour }

/** Takes all records. */
export const accept: Behaviour = { kind: 'accept', rejected: 0 }
/** Never answers. */
export const hang: Behaviour = { kind: 'hang' }
/** Closes the connection instead of answering. */
export const reset: Behaviour = { kind: 'reset' }

/** Takes all records but the last `count`, and says so in a partial success. */
export function rejecting(count: number): Behaviour {
  return { kind: 'accept', rejected: count }
}

/** Answers with an HTTP status, and with `Retry-After` when it is given. */
export function status(code: number, retryAfter?: string): Behaviour {
  return { kind: 'status', status: code, ...(retryAfter !== undefined && { retryAfter }) }
}

/** Answers with a status and a body that may be anything. */
export function answer(code: number, body: string | Uint8Array): Behaviour {
  return { kind: 'answer', status: code, body }
}

/** Lets `millis` pass first. */
export function delay(millis: number, then: Behaviour = accept): Behaviour {
  return { kind: 'delay', millis, then }
}

/** One behaviour for each request, in turn; the last one again and again. */
export function inTurn(...behaviours: [Behaviour, ...Behaviour[]]): (index: number) => Behaviour {
  return (index) => behaviours[Math.min(index, behaviours.length - 1)] ?? behaviours[0]
}

/** A request the receiver got, whatever became of it. */
export interface ReceivedRequest {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** What it held; none when it was refused before it was decoded. */
  readonly records: readonly DecodedLogRecord[]
  /** The status it was answered with; undefined while there is no answer. */
  readonly status: number | undefined
}

/** An OTLP/HTTP log receiver in the test's own process, on a port of 127.0.0.1 that is free. */
export class OtlpReceiver {
  /** Where logs are sent to, `/v1/logs` included. */
  readonly url: string
  /** Every request so far, in the order they were read. */
  readonly requests: ReceivedRequest[] = []
  /** The records of accepted requests, in the order they were answered; rejected ones are not among them. */
  readonly records: DecodedLogRecord[] = []
  /** What to do with a request, by its number from 0 up, and by what it holds. */
  behaviour: (index: number, records: readonly DecodedLogRecord[]) => Behaviour = () => accept
  /** How many connections were made so far. */
  connections = 0
  /** The most requests that were under way at a time: neither answered nor called off. */
  mostUnderWay = 0

  readonly #server: Server | TlsServer
  readonly #progress = new EventEmitter()
  readonly #delays = new Set<NodeJS.Timeout>()
  #underWay = 0

  private constructor(server: Server | TlsServer, url: string) {
    this.#server = server
    this.url = url
    this.#progress.setMaxListeners(0)
    server.on('connection', () => this.connections++)
    server.on('request', (request, response) => void this.#handle(request, response))
  }

  /** @param port that of `refusingUrl()`, for a receiver that comes back. */
  static async start(port = 0): Promise<OtlpReceiver> {
    const server = createServer()
    return new OtlpReceiver(server, `http://127.0.0.1:${await listen(server, port)}/v1/logs`)
  }

  /** The same behind TLS; with `ca` and `requestCert` it wants certificates of its clients. */
  static async startTls(options: ServerOptions): Promise<OtlpReceiver> {
    const server = createTlsServer(options)
    return new OtlpReceiver(server, `https://127.0.0.1:${await listen(server)}/v1/logs`)
  }

  /** Resolves once `count` records were accepted. @throws when they were not after `timeoutMillis`, telling what came instead */
  async waitForRecords(count: number, timeoutMillis = 10_000): Promise<readonly DecodedLogRecord[]> {
    await this.#waitUntil(() => this.records.length >= count, `${count} records`, timeoutMillis)
    return this.records
  }

  /** Resolves once `count` requests were read. @throws when they were not after `timeoutMillis`, telling what came instead */
  async waitForRequests(count: number, timeoutMillis = 10_000): Promise<readonly ReceivedRequest[]> {
    await this.#waitUntil(() => this.requests.length >= count, `${count} requests`, timeoutMillis)
    return this.requests
  }

  /** Stops, and closes every connection, also of requests that are being answered. */
  async close(): Promise<void> {
    for (const timer of this.#delays) clearTimeout(timer)
    this.#server.closeAllConnections()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #waitUntil(isReached: () => boolean, goal: string, timeoutMillis: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMillis)
    while (!isReached()) {
      try {
        await once(this.#progress, 'progress', { signal })
      } catch {
        const answers = this.requests.map(({ status }) => status ?? 'no answer').join(', ')
        throw new Error(
          `expected ${goal} within ${timeoutMillis} ms; accepted ${this.records.length} records ` +
            `of ${this.requests.length} requests${answers && `, answered: ${answers}`}`,
        )
      }
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#underWay++
    this.mostUnderWay = Math.max(this.mostUnderWay, this.#underWay)
    response.once('close', () => this.#underWay--)
    let refused: RefusedRequest | undefined
    let records: DecodedLogRecord[] = []
    try {
      records = await readLogsRequest(request)
    } catch (error) {
      if (!(error instanceof RefusedRequest)) return // The client went away.
      refused = error
    }
    const behaviour = this.behaviour(this.requests.length, records)
    this.requests.push({
      url: request.url ?? '',
      headers: request.headers,
      records,
      get status() {
        return response.headersSent ? response.statusCode : undefined
      },
    })
    if (refused) refuse(request, response, refused)
    else this.#behave(behaviour, records, request, response)
    this.#progress.emit('progress')
  }

  #behave(
    behaviour: Behaviour,
    records: readonly DecodedLogRecord[],
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    switch (behaviour.kind) {
      case 'accept':
        this.records.push(...records.slice(0, records.length - behaviour.rejected))
        acceptLogs(request, response, behaviour.rejected, 'rejected as the test asked')
        break
      case 'status': {
        const { status, retryAfter } = behaviour
        const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
        refuse(request, response, { status, message: 'refused as the test asked' }, headers)
        break
      }
      case 'answer':
        response.writeHead(behaviour.status, { 'content-type': 'application/x-protobuf' })
        response.end(behaviour.body)
        break
      case 'hang':
        break
      case 'reset':
        request.socket.resetAndDestroy()
        break
      case 'delay': {
        const timer = setTimeout(() => {
          this.#delays.delete(timer)
          this.#behave(behaviour.then, records, request, response)
          this.#progress.emit('progress')
        }, behaviour.millis)
        this.#delays.add(timer)
        break
      }
    }
  }
}

/** The URL of a port where nothing listens: connections are refused. (Free until another process is given it.) */
export async function refusingUrl(): Promise<string> {
  const server = createTcpServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}/v1/logs`
}

/** Has a server listen on a port of 127.0.0.1 that is free, unless one is given; which one it is. */
export async function listen(
  server: Server | TlsServer | ReturnType<typeof createTcpServer>,
  at = 0,
): Promise<number> {
  server.listen(at, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
