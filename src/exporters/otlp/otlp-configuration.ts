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
const VARIABLES = 'OTEL_EXPORTER_OTLP_'

/** Environment variables, by name. */
export type OtlpEnvironment = Readonly<Record<string, string>>

/** The variables that configure OTLP exporters, as they are now. */
export function otlpEnvironment(): OtlpEnvironment {
  const variables: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith(VARIABLES) && value !== undefined) variables[name] = value
  }
  return variables
}

/**
 * The configuration that the user's own OTLP package makes of options and `OTEL_EXPORTER_OTLP_*` variables.
 *
 * @param basePackage the file of that package.
 * @param environment the variables as they were when the exporter was described. This thread's own may be others: they
 *   are those of the time when it was started, and one of a process serves exporters that are described much later.
 * @throws whatever it throws for options that are wrong.
 */
export function otlpConfiguration(
  basePackage: string,
  options: object,
  environment: OtlpEnvironment,
): OtlpConfiguration {
  const base: BasePackage = createRequire(import.meta.url)(basePackage)
  const before = otlpEnvironment()
  setEnvironment(before, environment)
  try {
    return base.convertLegacyHttpOptions(options, 'LOGS', 'v1/logs', REQUIRED_HEADERS)
  } finally {
    setEnvironment(environment, before)
  }
}

function setEnvironment(before: OtlpEnvironment, after: OtlpEnvironment): void {
  for (const name of Object.keys(before)) if (!(name in after)) delete process.env[name]
  for (const [name, value] of Object.entries(after)) {
    if (before[name] !== value) process.env[name] = value
  }
}
