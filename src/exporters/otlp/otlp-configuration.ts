import type { Agent } from 'node:http'
import { createRequire } from 'node:module'

/** The part of the OTLP base package's configuration that is used; both lines of OpenTelemetry have it in this form. */
export interface OtlpConfiguration {
  readonly url: string
  readonly timeoutMillis: number
  readonly compression: 'gzip' | 'none'
  readonly userAgent?: string
  headers(): Promise<Record<string, string>>
  agentFactory(protocol: string): Agent | Promise<Agent>
}

/** What `@opentelemetry/otlp-exporter-base/node-http` exports, as far as it is used. */
interface BasePackage {
  convertLegacyHttpOptions(
    options: object,
    signal: 'LOGS',
    path: string,
    requiredHeaders: Readonly<Record<string, string>>,
  ): OtlpConfiguration
}

const REQUIRED_HEADERS = { 'Content-Type': 'application/x-protobuf' }

/**
 * The configuration that the user's own OTLP package makes of options and `OTEL_EXPORTER_OTLP_*` variables.
 *
 * @param basePackage the file of that package.
 * @throws whatever it throws for options that are wrong.
 */
export function otlpConfiguration(basePackage: string, options: object): OtlpConfiguration {
  const base: BasePackage = createRequire(import.meta.url)(basePackage)
  return base.convertLegacyHttpOptions(options, 'LOGS', 'v1/logs', REQUIRED_HEADERS)
}
