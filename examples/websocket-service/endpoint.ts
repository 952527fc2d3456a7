import { type ExporterDescription, otlp, type QueueStats } from 'otel-sluice'
import type { Destination } from './accounting.js'
import { Arrivals, HANDLER_HEADER } from './arrivals.js'
import { type ReceiverProcess, startReceiver } from './receiver-process.js'

/** Where the OTLP handlers send to: the user's endpoint when there is one, else a receiver of the example's own. */
export class Endpoint {
  readonly #receiver: ReceiverProcess | undefined

  private constructor(receiver: ReceiverProcess | undefined) {
    this.#receiver = receiver
  }

  static async find(): Promise<Endpoint> {
    const isGiven = process.env.OTEL_EXPORTER_OTLP_ENDPOINT || process.env.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT
    return new Endpoint(isGiven ? undefined : await startReceiver())
  }

  get description(): string {
    return this.#receiver ? `a receiver at ${this.#receiver.endpoint}` : 'your OTLP endpoint'
  }

  /** The exporter of one handler, on the export thread; it marks its requests with the handler's name. */
  exporterFor(handler: string): ExporterDescription {
    const headers = { [HANDLER_HEADER]: handler }
    // Without a URL the exporter reads the user's settings from the environment.
    const url = this.#receiver && { url: `${this.#receiver.endpoint}/v1/logs` }
    return otlp({ headers, ...url })
  }

  /** What has arrived from one handler. The user's endpoint cannot be asked: there it is what was acknowledged. */
  async destinationOf(handler: string, { exported }: QueueStats): Promise<Destination> {
    if (!this.#receiver) return { kind: 'acknowledged', records: exported }
    const { handlers } = await this.#receiver.summary()
    const arrivals = handlers[handler] ?? new Arrivals().summary()
    return { kind: 'arrivals', name: 'receiver', arrivals }
  }

  async close(): Promise<void> {
    await this.#receiver?.stop()
  }
}
