import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type DecodedLogRecord, decodeJson, decodeProtobuf } from './decode-logs.js'
import { ExportLogsPartialSuccess, ExportLogsServiceResponse } from './otlp-messages.js'

/** The most a request may hold, before and after decompression (OTLP specification, "OTLP/HTTP request"). */
export const MAX_REQUEST_BYTES = 64 * 1024 * 1024

const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'

const gunzipAsync = promisify(gunzip)

/** A request that is answered with an HTTP error. */
export class RefusedRequest extends Error {
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RefusedRequest'
    this.status = status
  }
}

/** Reads and decodes an OTLP/HTTP logs request. @throws RefusedRequest */
export async function readLogsRequest(request: IncomingMessage): Promise<DecodedLogRecord[]> {
  const path = request.url?.split('?', 1)[0]
  if (path !== '/v1/logs') throw new RefusedRequest(404, `nothing is served at ${path}; logs go to /v1/logs`)
  if (request.method !== 'POST') throw new RefusedRequest(405, `logs are sent by POST, not ${request.method}`)
  const decode = decoderFor(contentType(request))
  const body = await decompressed(request)
  try {
    return decode(body)
  } catch (error) {
    throw new RefusedRequest(400, `not an ExportLogsServiceRequest: ${error}`, { cause: error })
  }
}

/** Answers that all records were taken, or all but `rejected` of them. */
export function acceptLogs(
  request: IncomingMessage,
  response: ServerResponse,
  rejected = 0,
  reason = '',
): void {
  const isJson = contentType(request) === JSON_TYPE
  const partialSuccess = { rejectedLogRecords: rejected, errorMessage: reason }
  const message = rejected === 0 ? {} : { partialSuccess }
  response.writeHead(200, { 'content-type': isJson ? JSON_TYPE : PROTOBUF })
  response.end(isJson ? JSON.stringify(message) : ExportLogsServiceResponse.encode(message).finish())
}

/** Answers with an HTTP error, its message in a `google.rpc.Status` as OTLP asks. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, message }: { readonly status: number; readonly message: string },
  headers: Record<string, string> = {},
): void {
  const isProtobuf = contentType(request) === PROTOBUF
  response.writeHead(status, { 'content-type': isProtobuf ? PROTOBUF : JSON_TYPE, ...headers })
  // In protobuf both messages are one text in field 2, and the decoder has only this one.
  const body = isProtobuf
    ? ExportLogsPartialSuccess.encode({ errorMessage: message }).finish()
    : JSON.stringify({ message })
  response.end(body)
  // What is still to come of the request is read and thrown away: a client that is writing hears no answer.
  request.resume()
}

function contentType(request: IncomingMessage): string | undefined {
  return request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
}

function decoderFor(type: string | undefined): (body: Buffer) => DecodedLogRecord[] {
  if (type === PROTOBUF) return decodeProtobuf
  if (type === JSON_TYPE) return (body) => decodeJson(new TextDecoder('utf-8', { fatal: true }).decode(body))
  throw new RefusedRequest(415, `content type ${type}: ${PROTOBUF} and ${JSON_TYPE} are understood`)
}

async function decompressed(request: IncomingMessage): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new RefusedRequest(415, `content encoding ${encoding}: gzip and identity are understood`)
  }
  const body = await readBody(request)
  if (encoding === 'identity') return body
  try {
    return await gunzipAsync(body, { maxOutputLength: MAX_REQUEST_BYTES })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge()
    throw new RefusedRequest(400, 'the body is not gzip', { cause: error })
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) throw tooLarge()
  const chunks: Buffer[] = []
  let length = 0
  // By event, not by `for await`: leaving such a loop destroys the request, and with it the answer.
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > MAX_REQUEST_BYTES) reject(tooLarge())
      else chunks.push(chunk)
    })
    request.once('end', resolve)
    request.once('error', reject)
    request.once('close', () => reject(new Error('the client closed the connection')))
  })
  return Buffer.concat(chunks, length)
}

function tooLarge(): RefusedRequest {
  return new RefusedRequest(413, `the request holds more than ${MAX_REQUEST_BYTES} bytes`)
}
