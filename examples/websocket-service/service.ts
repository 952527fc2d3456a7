import { once } from 'node:events'
import type { Telemetry } from 'otel-sluice'
import { type WebSocket, WebSocketServer } from 'ws'
import { SEQUENCE } from './arrivals.js'

/** A WebSocket service that answers every message with its number, and logs it. */
export class Service {
  /** Messages received so far, each of which was logged. */
  messages = 0
  readonly #server: WebSocketServer
  readonly #logger: ReturnType<Telemetry['logger']>

  private constructor(server: WebSocketServer, telemetry: Telemetry) {
    this.#server = server
    this.#logger = telemetry.logger('websocket-service')
    server.on('connection', (socket) => this.#serve(socket))
  }

  /** Starts it on a port of 127.0.0.1 that is free. */
  static async start(telemetry: Telemetry): Promise<Service> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    return new Service(server, telemetry)
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the service does not listen')
    return `ws://127.0.0.1:${address.port}`
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: WebSocket): void {
    socket.on('message', (data) => {
      const sequence = ++this.messages
      this.#logger.log('info', 'message received', { [SEQUENCE]: sequence, text: String(data) })
      socket.send(String(sequence))
    })
    socket.on('error', (error) => this.#logger.error(error))
  }
}
