import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { FunctionDelivery } from './function-delivery.js'
import type { HandlerCall } from './function-handler.js'

/**
 * Exports to a handler function, one record of a batch after the other. So there are as many unsettled promises as
 * there are batches in flight.
 */
export class FunctionLogRecordExporter implements LogRecordExporter {
  protected readonly call: HandlerCall

  constructor(call: HandlerCall) {
    this.call = call
  }

  export(logs: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void {
    new FunctionDelivery(logs, this.call, (error) => {
      resultCallback(
        error === undefined ? { code: ExportResultCode.SUCCESS } : { code: ExportResultCode.FAILED, error },
      )
    }).run()
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
