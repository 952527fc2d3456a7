import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

/** One data point: its value, its attributes, and what its metric is. */
export interface Point {
  readonly metric: string
  readonly unit: string
  readonly value: unknown
  readonly attributes: Readonly<Record<string, unknown>>
}

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A real meter provider, whose metrics are collected when a test asks for them. */
export function meterProviderToCollect() {
  const reader = new ManualReader()
  const meterProvider = new MeterProvider({ readers: [reader] })
  return {
    meterProvider,
    /** All data points of the library's own metrics, now; those of the component `name` alone, if it is given. */
    async collect(name?: string): Promise<Point[]> {
      const { resourceMetrics, errors } = await reader.collect()
      if (errors.length > 0) throw errors[0]
      return resourceMetrics.scopeMetrics
        .filter(({ scope }) => scope.name === 'otel-sluice')
        .flatMap(({ metrics }) => metrics)
        .flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ value, attributes }) => ({
            metric: descriptor.name,
            unit: descriptor.unit,
            value,
            attributes,
          })),
        )
        .filter(({ attributes }) => name === undefined || attributes['otel.component.name'] === name)
    },
  }
}

/** The value of a metric by its `error.type` ('' for none). */
export function byErrorType(points: readonly Point[], metric: string): Record<string, unknown> {
  const ofMetric = points.filter((point) => point.metric === metric)
  return Object.fromEntries(ofMetric.map(({ attributes, value }) => [attributes['error.type'] ?? '', value]))
}
