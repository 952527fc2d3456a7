import { createRequire } from 'node:module'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import { choiceOption, describe, MAX_MILLIS, numberOption, textOption } from '../common/settings.js'
import { type HandlerOptions, objectOption } from './handler-options.js'

/** What an OTLP handler's exporter can be told. What is left out comes from `OTEL_EXPORTER_OTLP_*`, else its default. */
export interface OtlpExporterOptions {
  /** Where logs are posted to, path included. Default: `http://localhost:4318/v1/logs`. */
  readonly url?: string
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long one export may take, retries included, in milliseconds. Default: 10000. */
  readonly timeoutMillis?: number
  /** The most requests at a time. Default: 30. */
  readonly concurrencyLimit?: number
  /** Default: `none`. */
  readonly compression?: 'gzip' | 'none'
}

/** What an OTLP handler can be told. */
export interface OtlpHandlerOptions extends HandlerOptions {
  /** How the records are sent. */
  readonly exporter?: OtlpExporterOptions
}

const PACKAGE = '@opentelemetry/exporter-logs-otlp-http'

type Load = (name: string) => unknown

/**
 * Makes an exporter for OTLP over HTTP. Its package is an optional peer, so it is loaded only here.
 *
 * @throws TypeError or RangeError if an option is wrong; Error if the package is not installed.
 */
export function createOtlpExporter(
  options: OtlpExporterOptions,
  load: Load = createRequire(import.meta.url),
): LogRecordExporter {
  check(options)
  const { OTLPLogExporter } = loadPackage(load)
  return new OTLPLogExporter(options)
}

function check(options: OtlpExporterOptions): void {
  const { url, headers, timeoutMillis, concurrencyLimit, compression } = objectOption(options, 'exporter')
  if (url !== undefined) urlOption(url)
  if (headers !== undefined) headersOption(headers)
  if (timeoutMillis !== undefined) {
    numberOption(timeoutMillis, { option: 'exporter.timeoutMillis', min: 1, max: MAX_MILLIS })
  }
  if (concurrencyLimit !== undefined) {
    numberOption(concurrencyLimit, { option: 'exporter.concurrencyLimit', min: 1, max: 1024 })
  }
  if (compression !== undefined) choiceOption(compression, 'exporter.compression', ['gzip', 'none'])
}

function urlOption(url: unknown): void {
  const text = textOption(url, 'exporter.url')
  // The value is not told: it may hold a credential.
  if (!URL.canParse(text) || !/^https?:/i.test(text)) {
    throw new TypeError('exporter.url must be a URL that begins with http: or https:')
  }
}

function headersOption(headers: unknown): void {
  const values: readonly unknown[] = Object.values(objectOption<unknown>(headers, 'exporter.headers') ?? {})
  const wrong = values.find((value) => typeof value !== 'string')
  if (wrong !== undefined) {
    throw new TypeError(`exporter.headers must hold strings only, got ${describe(wrong)}`)
  }
}

interface ExporterPackage {
  readonly OTLPLogExporter: new (options: OtlpExporterOptions) => LogRecordExporter
}

function loadPackage(load: Load): ExporterPackage {
  let loaded: unknown
  try {
    loaded = load(PACKAGE)
  } catch (cause) {
    throw new Error(`an OTLP handler needs the package ${PACKAGE}: npm install ${PACKAGE}`, { cause })
  }
  if (isExporterPackage(loaded)) return loaded
  throw new Error(
    `the package ${PACKAGE} has no OTLPLogExporter: install a version that package.json names as a peer`,
  )
}

function isExporterPackage(loaded: unknown): loaded is ExporterPackage {
  return (
    typeof loaded === 'object' &&
    loaded !== null &&
    'OTLPLogExporter' in loaded &&
    typeof loaded.OTLPLogExporter === 'function'
  )
}
