import { createRequire } from 'node:module'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import type { ExporterDescription } from '../exporters/exporter-description.js'
import { EXPORTER_PACKAGE, otlp } from '../exporters/otlp/otlp.js'
import { StreamLogRecordExporter } from '../exporters/stream-log-record-exporter.js'
import { stdout } from '../exporters/streams.js'

/** The two ways to an exporter: on the export thread, and, where there may be none, on the main thread. */
export interface NamedExporter {
  onThread(): ExporterDescription
  here(): LogRecordExporter
}

/** The exporters by their names in `OTEL_LOGS_EXPORTER` (specification, "SDK environment variables"). */
export const EXPORTERS_BY_NAME: ReadonlyMap<string, NamedExporter> = new Map<string, NamedExporter>([
  ['otlp', { onThread: () => otlp(), here: otlpHere }],
  ['console', lines('readable')],
  ['otlp/stdout', lines('otlp-json')],
])

function lines(format: 'readable' | 'otlp-json'): NamedExporter {
  return {
    onThread: () => stdout({ format }),
    here: () => new StreamLogRecordExporter({ stream: 'stdout', format }),
  }
}

/** @throws Error if the package is missing, or is none that is known. */
function otlpHere(): LogRecordExporter {
  const exporterPackage: unknown = createRequire(import.meta.url)(EXPORTER_PACKAGE)
  const Exporter: unknown =
    typeof exporterPackage === 'object' && exporterPackage !== null
      ? Reflect.get(exporterPackage, 'OTLPLogExporter')
      : undefined
  const exporter: unknown = typeof Exporter === 'function' ? Reflect.construct(Exporter, []) : undefined
  if (!isExporter(exporter)) throw new Error(`${EXPORTER_PACKAGE} has no OTLPLogExporter`)
  return exporter
}

function isExporter(value: unknown): value is LogRecordExporter {
  return typeof value === 'object' && value !== null && 'export' in value && 'shutdown' in value
}
