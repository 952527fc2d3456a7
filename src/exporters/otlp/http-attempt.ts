import { type Agent, type ClientRequestArgs, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { parseRetryAfter } from './retry-delay.js'

const gzipped = promisify(gzip)

/** The most of an answer that is read, in bytes (OTLP specification, "OTLP/HTTP Response"). */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024
/** Codes after which the request may be sent again (OTLP specification, "Retryable Response Codes"). */
const RETRYABLE = new Set([429, 502, 503, 504])
const TOO_LARGE = 413
const TIMED_OUT = 'timeout'
const GIVEN_UP = 'aborted'

/** Where requests go, and how. */
export interface HttpTarget {
  /** What `urlToHttpOptions` makes of the URL: once for all requests. */
  readonly endpoint: Readonly<ClientRequestArgs>
  readonly agent: Agent
  readonly compression: 'gzip' | 'none'
  /** Names and values in turn: those that every request has (see request-headers.ts). */
  readonly headers: readonly string[]
}

/** What came of one request. */
export type AttemptResult =
  /** The receiver took it; `response` is its answer. */
  | { readonly kind: 'accepted'; readonly response: Uint8Array }
  /** The request may be sent again: `reason` is a status code, the code of an error, or `timeout`. */
  | { readonly kind: 'retryable'; readonly reason: string; readonly retryAfterMillis?: number }
  /** It is too large for the receiver; a smaller one may not be. */
  | { readonly kind: 'too_large' }
  /** It must not be sent again. */
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Sends one request, once. Never rejects: a connection that fails or a time-out may be tried again, whatever the cause,
 * since the receiver has not answered. Once the status is there it decides, even if the rest of the answer never comes:
 * what was accepted is not to be sent again.
 *
 * @param body handed over until the result is there; then nothing reads it any more, and it may be written over.
 * @param signal ends the attempt before its time-out.
 */
export async function attempt(
  target: HttpTarget,
  body: Uint8Array,
  timeoutMillis: number,
  signal: AbortSignal,
): Promise<AttemptResult> {
  try {
    const isCompressed = target.compression === 'gzip'
    const payload = isCompressed ? await gzipped(body) : body
    const headers = [...target.headers, 'Content-Length', String(payload.byteLength)]
    if (isCompressed) headers.push('Content-Encoding', 'gzip')
    return await send(target, headers, payload, timeoutMillis, signal)
  } catch (error) {
    // No such request can be made, with these headers or certificates for example: nor could it the next time.
    return { kind: 'refused', reason: reasonOf(error) }
  }
}

/** @throws in the promise if no request can be made */
function send(
  target: HttpTarget,
  headers: readonly string[],
  payload: Uint8Array,
  timeoutMillis: number,
  signal: AbortSignal,
): Promise<AttemptResult> {
  return new Promise((resolve) => {
    const { endpoint, agent } = target
    const request = endpoint.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = request({ ...endpoint, method: 'POST', headers, agent })
    let isAnswered = false
    const settle = (result: AttemptResult) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      // An answer that came before the request was read to its end: nobody may ever read the rest, nor may it be sent.
      if (!outgoing.writableFinished) outgoing.destroy()
      resolve(result)
    }
    const fail = (reason: string) => {
      if (!isAnswered) settle({ kind: 'retryable', reason })
      outgoing.destroy()
    }
    const giveUp = () => fail(GIVEN_UP)
    const timer = setTimeout(() => fail(TIMED_OUT), timeoutMillis)
    signal.addEventListener('abort', giveUp)
    outgoing.on('error', (error) => fail(reasonOf(error)))
    outgoing.on('response', (response) => {
      isAnswered = true
      void answerOf(response).then((answer) => settle(resultOf(response, answer)))
    })
    if (signal.aborted) giveUp()
    else outgoing.end(payload)
  })
}

/** The body of a response; nothing if it is cut short, or longer than anybody reads. Never rejects. */
function answerOf(response: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    response.on('data', (chunk: Uint8Array) => {
      bytes += chunk.byteLength
      // The rest is not read, and so the connection not used again.
      if (bytes > MAX_RESPONSE_BYTES) response.destroy()
      else chunks.push(chunk)
    })
    // It is closed as well then.
    response.on('error', () => {})
    response.on('close', () => {
      const isWhole = response.complete && bytes <= MAX_RESPONSE_BYTES
      resolve(isWhole ? Buffer.concat(chunks) : new Uint8Array())
    })
  })
}

function resultOf(response: IncomingMessage, answer: Uint8Array): AttemptResult {
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) return { kind: 'accepted', response: answer }
  if (status === TOO_LARGE) return { kind: 'too_large' }
  if (!RETRYABLE.has(status)) return { kind: 'refused', reason: String(status) }
  const retryAfterMillis = parseRetryAfter(response.headers['retry-after'], Date.now())
  return {
    kind: 'retryable',
    reason: String(status),
    ...(retryAfterMillis === undefined ? {} : { retryAfterMillis }),
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'error'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
