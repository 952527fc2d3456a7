/*
 * An OTLP/HTTP log receiver, a process of its own: takes logs at /v1/logs, and tells at GET /summary, as JSON, what
 * arrived from each handler. It sends its parent `{ port }` once it listens, and ends when its parent is gone.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Arrivals, HANDLER_HEADER, type ReceiverSummary } from './arrivals.js'
import { acceptLogs, RefusedRequest, readLogsRequest, refuse } from './otlp-http.js'

let requests = 0
let refused = 0
const handlers = new Map<string, Arrivals>()
const scopes = new Map<string, number>()

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  requests++
  try {
    const records = await readLogsRequest(request)
    const arrivals = arrivalsOf(String(request.headers[HANDLER_HEADER] ?? ''))
    for (const record of records) {
      arrivals.add(record)
      scopes.set(record.scope.name, (scopes.get(record.scope.name) ?? 0) + 1)
    }
    acceptLogs(request, response)
  } catch (error) {
    refused++
    // Any other error is of a client that went away, and there is nobody to answer.
    if (error instanceof RefusedRequest) refuse(request, response, error)
  }
}

function arrivalsOf(handler: string): Arrivals {
  const arrivals = handlers.get(handler) ?? new Arrivals()
  handlers.set(handler, arrivals)
  return arrivals
}

function summary(): ReceiverSummary {
  return {
    requests,
    refused,
    handlers: Object.fromEntries([...handlers].map(([handler, arrivals]) => [handler, arrivals.summary()])),
    scopes: Object.fromEntries(scopes),
  }
}

const server = createServer((request, response) => {
  if (request.method === 'GET' && request.url === '/summary') {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(summary()))
  } else void receive(request, response)
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address !== 'string') process.send?.({ port: address.port })
})

process.on('disconnect', () => process.exit())
