import type { LineFormat, LineStyle } from './line-format.js'
import type { RotateSettings } from './rotate-options.js'

/** A description of an exporter that is to run on the export thread; a function makes each kind. */
export type ExporterDescription =
  | OtlpDescription
  | FileDescription
  | StreamDescription
  | ModuleExporterDescription

/** OTLP over HTTP, as `otlp()` describes it. */
export interface OtlpDescription {
  readonly kind: 'otlp'
  /** The file of the user's own OTLP base package. */
  readonly basePackage: string
  /** The options of `@opentelemetry/exporter-logs-otlp-http`, those that can be handed to another thread. */
  readonly options: Readonly<Record<string, unknown>>
  /** The `OTEL_EXPORTER_OTLP_*` variables at the time of the description. */
  readonly environment: Readonly<Record<string, string>>
  /** Where it exports to, for its metrics. */
  readonly server: { readonly address: string; readonly port: number }
}

/** Lines in a file, as `file()` describes them. */
export interface FileDescription {
  readonly kind: 'file'
  /** The absolute path. */
  readonly path: string
  readonly format: LineFormat
  readonly rotate?: RotateSettings
}

/** Lines on a standard stream, as `stdout()` and `stderr()` describe them. */
export interface StreamDescription {
  readonly kind: 'stream'
  readonly stream: 'stdout' | 'stderr'
  readonly format: LineStyle
}

/** An exporter of the application's own, as `moduleExporter()` describes it; it has a thread to itself. */
export interface ModuleExporterDescription {
  readonly kind: 'module'
  /** The URL of the module. */
  readonly module: string
  /** What of it is the class of the exporter. */
  readonly exportName: string
  /** What the class is constructed with. */
  readonly options: unknown
}

const KINDS: readonly unknown[] = ['otlp', 'file', 'stream', 'module'] satisfies ExporterDescription['kind'][]

/** Whether a value only describes an exporter. By its shape: it may come from another copy of this package. */
export function isDescription(value: unknown): value is ExporterDescription {
  return typeof value === 'object' && value !== null && 'kind' in value && KINDS.includes(value.kind)
}
