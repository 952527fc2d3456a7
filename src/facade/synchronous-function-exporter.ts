import { diag } from '@opentelemetry/api'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { SynchronousLogRecordExporter } from '../exporters/synchronous-exporter.js'
import { FunctionDelivery } from './function-delivery.js'
import type { HandlerCall } from './function-handler.js'
import { FunctionLogRecordExporter } from './function-log-record-exporter.js'

/** Exports to a handler function from a queue that may wait for it: a blocking one, or any at the end of the process. */
export class SynchronousFunctionExporter
  extends FunctionLogRecordExporter
  implements SynchronousLogRecordExporter
{
  readonly #id: string
  /** What `exportSync` has begun with and must finish before anything else: the function returned a promise. */
  #unfinished: FunctionDelivery | undefined
  #hasToldOfPromises = false

  constructor(call: HandlerCall, id: string) {
    super(call)
    this.#id = id
  }

  /**
   * A promise cannot be waited for in here. The answer is `false` at once, which means to a blocking queue that there
   * will be no room in time: it drops. It comes back for the batch when the event loop has run.
   */
  exportSync(logs: ReadableLogRecord[]): boolean {
    const delivery = this.#unfinished ?? this.#begin(logs)
    this.#unfinished = delivery.isOver ? undefined : delivery
    if (!delivery.isOver) {
      this.#tellOfPromises()
      return false
    }
    if (delivery.error !== undefined) throw delivery.error
    return true
  }

  #begin(logs: ReadableLogRecord[]): FunctionDelivery {
    const delivery = new FunctionDelivery(logs, this.call, () => undefined)
    delivery.run()
    return delivery
  }

  #tellOfPromises(): void {
    if (this.#hasToldOfPromises) return
    this.#hasToldOfPromises = true
    diag.warn(
      `otel-sluice: handler ${JSON.stringify(this.#id)} returns promises, which no caller can wait for: while it is ` +
        "full, it drops, in mode 'blocking' too. Use mode 'dropping', or a function that is done when it returns",
    )
  }
}
