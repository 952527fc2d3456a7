import { DataPointType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

/** How long callers were blocked, as our handlers publish it: `sluice.processor.blocked.time`. */
export class BlockedTime {
  readonly meterProvider: MeterProvider
  readonly #reader = new OnDemandReader()

  constructor() {
    this.meterProvider = new MeterProvider({ readers: [this.#reader] })
  }

  /** The sum over all handlers, in milliseconds. @throws if no handler publishes it */
  async millis(): Promise<number> {
    const { resourceMetrics } = await this.#reader.collect()
    const metric = resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .find(({ descriptor }) => descriptor.name === 'sluice.processor.blocked.time')
    if (metric?.dataPointType !== DataPointType.SUM) throw new Error('no blocked time is published')
    return metric.dataPoints.reduce((sum, { value }) => sum + value, 0) * 1_000
  }
}

/** Collects when it is asked to, and at no other time. */
class OnDemandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}
