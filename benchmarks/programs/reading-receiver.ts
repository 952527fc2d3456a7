// An OTLP receiver that only reads: it answers as soon as it has a request, and keeps it. Asked for its records, it
// decodes what it kept, outside the time that is measured, and forgets it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  ExportLogsServiceRequest,
  type LogsRequestMessage,
} from '../../examples/websocket-service/otlp-messages.js'
import { givenTask, tell } from '../support/child.js'
import { leaveFirstCore } from '../support/own-core.js'

export interface ReaderTask {
  /** Whether it keeps off the first core. */
  readonly leavesFirstCore: boolean
}

const JSON_TYPE = 'application/json'

if (givenTask<ReaderTask>().leavesFirstCore) leaveFirstCore()

let kept: { readonly isJson: boolean; readonly body: Buffer }[] = []

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const isJson = request.headers['content-type'] === JSON_TYPE
    kept.push({ isJson, body: Buffer.concat(chunks) })
    acknowledge(request, response)
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  tell({ port: address !== null && typeof address === 'object' ? address.port : Number.NaN })
})

process.on('message', () => {
  const requests = kept
  kept = []
  let records = 0
  let gaps = 0
  let last = -1
  for (const { isJson, body } of requests) {
    for (const sequence of sequences(isJson ? JSON.parse(body.toString()) : decode(body))) {
      records++
      if (sequence !== last + 1) gaps++
      last = sequence
    }
  }
  tell({ requests: requests.length, records, gaps })
})

/** OTLP/JSON names what is looked at here as the decoder does. */
type Decoded = Pick<LogsRequestMessage, 'resourceLogs'>

function decode(body: Buffer): Decoded {
  return ExportLogsServiceRequest.decode(body)
}

/** The numbers of the records, from their bodies, in the order they came. */
function* sequences({ resourceLogs }: Decoded): Generator<number> {
  for (const { scopeLogs } of resourceLogs) {
    for (const { logRecords } of scopeLogs) {
      for (const { body } of logRecords) yield Number(body?.stringValue?.split(' ')[1])
    }
  }
}

function acknowledge(request: IncomingMessage, response: ServerResponse): void {
  const isJson = request.headers['content-type'] === JSON_TYPE
  response.writeHead(200, { 'content-type': request.headers['content-type'] })
  response.end(isJson ? '{}' : '')
}
