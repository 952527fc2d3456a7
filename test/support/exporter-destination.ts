import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { EncodedBatch } from '#src/exporters/otlp/encoded-batch.js'
import { exportRequest } from '#src/exporters/otlp/export-request.js'
import { failedRecords } from '#src/exporters/partial-export-error.js'
import type { Delivered, Destination } from '#src/exporters/thread/destination.js'
import { type DecodedLogRecord, decodeProtobuf, type PlainValue } from './decode-otlp.js'

/**
 * Decodes what comes to it, and hands it to an exporter that a test scripts. Whatever that does, each record is settled
 * once: of a destination, unlike of an exporter, that is required.
 */
export class ExporterDestination implements Destination {
  readonly #exporter: LogRecordExporter

  constructor(exporter: LogRecordExporter) {
    this.#exporter = exporter
  }

  async deliver(batch: EncodedBatch, settle: (delivered: Delivered) => void): Promise<void> {
    const decoded = decodeProtobuf(exportRequest(batch)).map(readable)
    await new Promise<void>((resolve) => {
      let isSettled = false
      const answer = ({ code, error }: ExportResult) => {
        if (isSettled) return
        isSettled = true
        const failed = code === ExportResultCode.SUCCESS ? 0 : failedRecords(error, batch.length)
        const exported = batch.length - failed
        settle(failed === 0 ? { exported, failed } : { exported, failed, reason: reasonOf(error) })
        resolve()
      }
      try {
        this.#exporter.export(decoded, answer)
      } catch (cause) {
        answer({ code: ExportResultCode.FAILED, error: new Error('the exporter threw', { cause }) })
      }
    })
  }

  close(): void {
    void this.#exporter.shutdown?.()
  }
}

function reasonOf(error: Error | undefined): string {
  if (error === undefined) return 'unknown'
  return 'code' in error ? `${error.name} ${error.code}` : error.name
}

function readable(record: DecodedLogRecord): ReadableLogRecord {
  const { body, severityNumber, severityText, eventName, resource, scope } = record
  return {
    hrTime: hrTimeOf(record.time),
    hrTimeObserved: hrTimeOf(record.observedTime),
    ...(body === undefined ? {} : { body: anyValue(body) }),
    ...(severityNumber === 0 ? {} : { severityNumber }),
    ...(severityText === '' ? {} : { severityText }),
    ...(eventName === '' ? {} : { eventName }),
    attributes: anyValues(record.attributes),
    droppedAttributesCount: record.droppedAttributesCount,
    resource: resourceFromAttributes(textsOf(resource.attributes)),
    instrumentationScope: { name: scope.name, version: scope.version },
  }
}

function hrTimeOf(nanoseconds: bigint): [number, number] {
  return [Number(nanoseconds / 1_000_000_000n), Number(nanoseconds % 1_000_000_000n)]
}

type Value = NonNullable<ReadableLogRecord['body']> | null

function anyValue(value: PlainValue): Value {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(anyValue)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return new Uint8Array(value)
  return anyValues(value)
}

function anyValues(values: Readonly<Record<string, PlainValue>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, anyValue(value)]))
}

/** Those that are texts, as a resource's are for the most part. */
function textsOf(values: Readonly<Record<string, PlainValue>>): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [key, value] of Object.entries(values)) if (typeof value === 'string') texts[key] = value
  return texts
}
