import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http'
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

/** Where requests go, and how. */
export interface HttpTarget {
  readonly url: URL
  readonly agent: Agent
  readonly compression: 'gzip' | 'none'
  /** Asked anew for every request. */
  headers(): Promise<Readonly<Record<string, string>>>
}

/** What came of one request. */
export type AttemptResult =
  /** The receiver took it; `response` is its answer. */
  | { readonly kind: 'accepted'; readonly response: Uint8Array }
  /** The request may be sent again: `reason` is a status code or the code of an error. */
  | { readonly kind: 'retryable'; readonly reason: string; readonly retryAfterMillis?: number }
  /** It is too large for the receiver; a smaller one may not be. */
  | { readonly kind: 'too_large' }
  /** It must not be sent again. */
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Sends one request, once. Never rejects: a connection that fails or a time-out may be tried again, whatever the cause,
 * since the receiver has not answered.
 *
 * @param body handed over: the caller does not change it before the result is there.
 * @param signal ends the attempt before its time-out.
 */
export async function attempt(
  target: HttpTarget,
  body: Uint8Array,
  timeoutMillis: number,
  signal: AbortSignal,
): Promise<AttemptResult> {
  try {
    const headers = { ...(await target.headers()) }
    const payload = target.compression === 'gzip' ? await gzipped(body) : body
    if (target.compression === 'gzip') headers['Content-Encoding'] = 'gzip'
    headers['Content-Length'] = String(payload.byteLength)
    return await send(target, headers, payload, AbortSignal.any([signal, AbortSignal.timeout(timeoutMillis)]))
  } catch (error) {
    return { kind: 'retryable', reason: reasonOf(error) }
  }
}

function send(
  target: HttpTarget,
  headers: Record<string, string>,
  payload: Uint8Array,
  signal: AbortSignal,
): Promise<AttemptResult> {
  return new Promise((resolve, reject) => {
    const request = target.url.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = request(
      target.url,
      { method: 'POST', headers, agent: target.agent, signal },
      (response) => {
        readResponse(response).then((answer) => resolve(resultOf(response, answer)), reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}

async function readResponse(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue
    bytes += chunk.byteLength
    // The answer has come, whatever else it says: the rest is not read, and the connection not used again.
    if (bytes > MAX_RESPONSE_BYTES) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
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
