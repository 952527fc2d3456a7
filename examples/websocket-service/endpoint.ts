import type { ExportResult } from '@opentelemetry/core'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Destination } from './accounting.js'
import { Arrivals, HANDLER_HEADER } from './arrivals.js'
import { type ReceiverProcess, startReceiver } from './receiver-process.js'

/** Where the OTLP handlers send to: the user's endpoint when there is one, else a receiver of the example's own. */
export class Endpoint {
  readonly #receiver: ReceiverProcess | undefined
  readonly #exporters = new Map<string, AcknowledgedExporter>()

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

  /** The exporter of one handler, which marks its requests with the handler's name. */
  exporterFor(handler: string): LogRecordExporter {
    const headers = { [HANDLER_HEADER]: handler }
    // Without a URL the exporter reads the user's settings from the environment.
    const url = this.#receiver && { url: `${this.#receiver.endpoint}/v1/logs` }
    const exporter = new AcknowledgedExporter(new OTLPLogExporter({ headers, ...url }))
    this.#exporters.set(handler, exporter)
    return exporter
  }

  /** What has arrived from one handler. */
  async destinationOf(handler: string): Promise<Destination> {
    if (!this.#receiver) {
      return { kind: 'acknowledged', records: this.#exporters.get(handler)?.acknowledged ?? 0 }
    }
    const { handlers } = await this.#receiver.summary()
    const arrivals = handlers[handler] ?? new Arrivals().summary()
    return { kind: 'arrivals', name: 'receiver', arrivals }
  }

  async close(): Promise<void> {
    await this.#receiver?.stop()
  }
}

/** Counts the records of exports that succeeded. */
class AcknowledgedExporter implements LogRecordExporter {
  acknowledged = 0
  readonly #exporter: LogRecordExporter

  constructor(exporter: LogRecordExporter) {
    this.#exporter = exporter
  }

  export(records: ReadableLogRecord[], callback: (result: ExportResult) => void): void {
    this.#exporter.export(records, (result) => {
      if (result.code === 0) this.acknowledged += records.length
      callback(result)
    })
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }
}
