import { createRequire } from 'node:module'
import {
  booleanOption,
  choiceOption,
  describe,
  MAX_MILLIS,
  numberOption,
  objectOption,
  textOption,
} from '../../common/settings.js'
import type { ExporterDescription } from '../exporter-description.js'
import { otlpConfiguration } from './otlp-configuration.js'

const EXPORTER = '@opentelemetry/exporter-logs-otlp-http'

/** The options of `@opentelemetry/exporter-logs-otlp-http` that can be handed to another thread. */
export interface OtlpOptions {
  /** The receiver, with the path. Default: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT`, else `http://localhost:4318/v1/logs`. */
  url?: string
  /** Headers of every request. Default: `OTEL_EXPORTER_OTLP_LOGS_HEADERS`, `OTEL_EXPORTER_OTLP_HEADERS`. */
  headers?: Record<string, string>
  /** How long one attempt may take, in milliseconds. Default: `OTEL_EXPORTER_OTLP_LOGS_TIMEOUT`, `OTEL_EXPORTER_OTLP_TIMEOUT`, else 10000. */
  timeoutMillis?: number
  /** Whether connections are used again. Default: true. */
  keepAlive?: boolean
  /** Default: `OTEL_EXPORTER_OTLP_LOGS_COMPRESSION`, `OTEL_EXPORTER_OTLP_COMPRESSION`, else none. */
  compression?: 'gzip' | 'none'
  /** Options of Node's HTTP or HTTPS agent: certificates, for example. Default: `OTEL_EXPORTER_OTLP_*CERTIFICATE`, `…CLIENT_KEY`. */
  httpAgentOptions?: object
  /** Put before the user agent that the library sends. */
  userAgent?: string
}

/**
 * Describes an OTLP/HTTP exporter, with protobuf, that runs on the export thread. Configuration is that of the
 * `@opentelemetry/exporter-logs-otlp-http` that is installed, from options and environment.
 *
 * @throws Error if that package is not installed; TypeError for an option that cannot be handed to another thread.
 */
export function otlp(options: OtlpOptions = {}): ExporterDescription {
  checkOptions(options)
  const basePackage = findBasePackage()
  checkUrl(otlpConfiguration(basePackage, options).url, 'OTEL_EXPORTER_OTLP_ENDPOINT')
  return { kind: 'otlp', basePackage, options: { ...options } }
}

function checkOptions(options: OtlpOptions): void {
  const { url, headers, timeoutMillis, keepAlive, compression, httpAgentOptions, userAgent } = objectOption(
    options,
    'the options of otlp()',
  )
  for (const [option, value] of Object.entries(options)) checkTransferable(option, value)
  if (url !== undefined) checkUrl(textOption(url, 'url'), 'url')
  if (headers !== undefined) {
    for (const value of Object.values(objectOption(headers, 'headers'))) {
      if (typeof value !== 'string')
        throw new TypeError(`headers must hold strings only, got ${describe(value)}`)
    }
  }
  if (timeoutMillis !== undefined) {
    numberOption(timeoutMillis, { option: 'timeoutMillis', min: 1, max: MAX_MILLIS })
  }
  if (keepAlive !== undefined) booleanOption(keepAlive, 'keepAlive')
  if (compression !== undefined) choiceOption(compression, 'compression', ['gzip', 'none'])
  if (httpAgentOptions !== undefined) objectOption(httpAgentOptions, 'httpAgentOptions')
  if (userAgent !== undefined) textOption(userAgent, 'userAgent')
}

function checkTransferable(option: string, value: unknown): void {
  try {
    structuredClone(value)
  } catch {
    throw new TypeError(
      `${option} cannot be handed to the export thread, got ${describe(value)}: give plain values, or export with ` +
        'moduleExporter() a module of your own that makes the exporter there',
    )
  }
}

/** The value is not told: it may hold a credential. */
function checkUrl(url: string, option: string): void {
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    throw new TypeError(`${option} must be a URL that begins with http: or https:`)
  }
}

function findBasePackage(): string {
  try {
    const exporter = createRequire(import.meta.url).resolve(EXPORTER)
    return createRequire(exporter).resolve('@opentelemetry/otlp-exporter-base/node-http')
  } catch (cause) {
    throw new Error(
      `otlp() needs the package ${EXPORTER}: install it in the version that goes with your OpenTelemetry SDK`,
      { cause },
    )
  }
}
