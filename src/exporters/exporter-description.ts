/** A description of an exporter that is to run on the export thread; `otlp()` makes one. */
export interface ExporterDescription {
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
