import { validateHeaderName, validateHeaderValue } from 'node:http'
import { createRequire } from 'node:module'
import { diag } from '@opentelemetry/api'
import {
  booleanOption,
  choiceOption,
  describe,
  MAX_MILLIS,
  numberOption,
  objectOption,
  textOption,
} from '../../common/settings.js'
import type { OtlpDescription } from '../exporter-description.js'
import { type OtlpEnvironment, otlpConfiguration, otlpEnvironment } from './otlp-configuration.js'

/** What the application installs for OTLP. */
export const EXPORTER_PACKAGE = '@opentelemetry/exporter-logs-otlp-http'
const DEFAULT_URL = 'http://localhost:4318/v1/logs'
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']

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
 * @throws Error if that package is not installed; TypeError or RangeError that names an option that is wrong, or that
 *   cannot be handed to another thread.
 */
export function otlp(options: OtlpOptions = {}): OtlpDescription {
  objectOption(options, 'the options of otlp()')
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [option, value] of given) checkTransferable(option, value)
  checkOptions(options)
  const basePackage = findBasePackage()
  const environment = otlpEnvironment()
  const transferable = withKeepAlive(Object.fromEntries(given))
  const { url } = otlpConfiguration(basePackage, transferable, environment)
  if (options.url === undefined) warnOfEndpoints(environment)
  if (isHttp(url)) {
    return { kind: 'otlp', basePackage, options: transferable, environment, server: serverOf(url) }
  }
  // The option has been looked at, so this is a variable, such as localhost:4318, of which there has been a warning.
  return {
    kind: 'otlp',
    basePackage,
    options: { ...transferable, url: DEFAULT_URL },
    environment,
    server: serverOf(DEFAULT_URL),
  }
}

/** What is no URL at all the package passes over; what is another one, such as localhost:4318, it takes. */
function warnOfEndpoints(environment: OtlpEnvironment): void {
  for (const name of ENDPOINTS) {
    const endpoint = environment[name]?.trim() ?? ''
    // It may hold a password, so it is not told.
    if (endpoint !== '' && !isHttp(endpoint)) {
      diag.warn(`otel-sluice: ${name} must be an http or https URL, such as ${DEFAULT_URL}: it is not used`)
    }
  }
}

function serverOf(url: string): OtlpDescription['server'] {
  const { hostname, port, protocol } = new URL(url)
  return { address: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) }
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

function checkOptions({ url, headers, timeoutMillis, keepAlive, ...others }: OtlpOptions): void {
  const { compression, httpAgentOptions, userAgent } = others
  if (url !== undefined) checkUrl(url)
  if (headers !== undefined) checkHeaders(headers)
  if (timeoutMillis !== undefined)
    numberOption(timeoutMillis, { option: 'timeoutMillis', min: 1, max: MAX_MILLIS })
  if (keepAlive !== undefined) booleanOption(keepAlive, 'keepAlive')
  if (compression !== undefined) choiceOption(compression, 'compression', ['gzip', 'none'])
  if (httpAgentOptions !== undefined) plainObject(httpAgentOptions, 'httpAgentOptions')
  if (userAgent !== undefined) checkHeader('User-Agent', textOption(userAgent, 'userAgent'), 'userAgent')
}

/** A URL may hold a password, so it is not told. */
function checkUrl(url: unknown): void {
  if (typeof url === 'string' && isHttp(url)) return
  const got = typeof url === 'string' ? 'another text' : describe(url)
  throw new TypeError(`url must be an http or https URL, such as ${DEFAULT_URL}, got ${got}`)
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
}

function checkHeaders(headers: unknown): void {
  for (const [name, value] of Object.entries(plainObject(headers, 'headers'))) {
    checkHeader(name, value, `headers[${JSON.stringify(name)}]`)
  }
}

/** What a header says may be a credential, so it is not told. */
function checkHeader(name: string, value: unknown, option: string): void {
  if (typeof value !== 'string') throw new TypeError(`${option} must be a string, got ${describe(value)}`)
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  } catch {
    throw new TypeError(`${option} must be a header that HTTP allows, got one with other characters`)
  }
}

function plainObject(value: unknown, option: string): object {
  const prototype: unknown =
    typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined
  if (typeof value === 'object' && value !== null && (prototype === Object.prototype || prototype === null)) {
    return value
  }
  throw new TypeError(`${option} must be a plain object, got ${describe(value)}`)
}

/**
 * Connections are kept unless that is refused. The package would keep none as soon as there are other options for the
 * agent, and forget the certificates of the environment as soon as it is told to keep them.
 */
function withKeepAlive(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { keepAlive, ...others } = options
  if (keepAlive === false) return options
  return 'httpAgentOptions' in others ? { ...others, keepAlive: true } : others
}

function findBasePackage(): string {
  try {
    const exporter = createRequire(import.meta.url).resolve(EXPORTER_PACKAGE)
    return createRequire(exporter).resolve('@opentelemetry/otlp-exporter-base/node-http')
  } catch (cause) {
    throw new Error(
      `otlp() needs the package ${EXPORTER_PACKAGE}: install it in the version that goes with your OpenTelemetry SDK`,
      { cause },
    )
  }
}
