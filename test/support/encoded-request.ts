import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { exportRequest } from '#src/exporters/otlp/export-request.js'
import { BatchEncoder } from './encoded-batch.js'

/** Encodes log records as the export thread sends them. */
export class RequestEncoder {
  readonly #encoder = new BatchEncoder()

  encode(records: readonly ReadableLogRecord[]): Uint8Array {
    return exportRequest(this.#encoder.encode(records))
  }
}
