import type { Attributes } from '@opentelemetry/api'
import type { ChannelCounts, ExporterMetricSource } from './channel.js'
import type { Measurement } from './instruments.js'
import type { Ledger } from './ledger.js'
import type { MetricSource } from './processor-metrics.js'
import type { QueueStats } from './queue-stats.js'

/** A processor, as far as its metrics go. */
export interface MeasuredProcessor {
  readonly type: string
  readonly name: string
  readonly mode: QueueStats['mode']
  readonly capacity: number
  /** It goes on after shutdown: records are still dropped then. */
  readonly ledger: Readonly<Ledger>
  readonly exporter: ExporterMetricSource | undefined
  episodes(): number
  counts(): ChannelCounts
}

/** What is measured of a processor. */
export function metricSource(processor: MeasuredProcessor): MetricSource {
  const { type, name, mode, capacity, ledger, exporter } = processor
  const attributes = { 'otel.component.type': type, 'otel.component.name': name, 'sluice.mode': mode }
  const exporterAttributes = exporter && attributesOf(exporter, name)
  const takeOperations = exporter?.operationsReader() ?? (() => [])
  const measure = (
    counts: ChannelCounts,
    episodes: number,
    failures: ReadonlyMap<string, number>,
    room: number,
  ) => [
    ...measureProcessor(attributes, ledger, counts, episodes, room),
    ...(exporterAttributes === undefined
      ? []
      : measureExport(attributes, exporterAttributes, counts, failures)),
  ]
  return {
    identity: JSON.stringify(attributes),
    measure: () =>
      measure(processor.counts(), processor.episodes(), exporter?.failures ?? new Map(), capacity),
    takeDurations: () =>
      takeOperations().map(({ seconds, status }) => ({
        seconds,
        attributes: {
          ...exporterAttributes,
          ...(status === 0 || exporter?.server === undefined ? {} : { 'http.response.status_code': status }),
        },
      })),
    last: () => {
      const counts = processor.counts()
      const episodes = processor.episodes()
      const failures = new Map(exporter?.failures)
      // Observed as empty, since what nobody observes keeps its last value.
      return () => measure(counts, episodes, failures, 0)
    },
  }
}

function attributesOf({ type, server }: ExporterMetricSource, name: string): Attributes {
  return {
    'otel.component.type': type,
    'otel.component.name': name,
    ...(server !== undefined && { 'server.address': server.address, 'server.port': server.port }),
  }
}

function measureProcessor(
  attributes: Attributes,
  { dropped, blockedMillis }: Readonly<Ledger>,
  { queueSize, exported, failed, abandoned, inFlight }: ChannelCounts,
  episodes: number,
  capacity: number,
): Measurement[] {
  const processed = (value: number, error?: string): Measurement => ({
    metric: 'processed',
    value,
    attributes: error === undefined ? attributes : { ...attributes, 'error.type': error },
  })
  return [
    { metric: 'queueSize', value: queueSize, attributes },
    { metric: 'queueCapacity', value: capacity, attributes },
    processed(exported + failed - abandoned + inFlight),
    ...Object.entries({ ...dropped, shutdown_timeout: abandoned })
      .filter(([, count]) => count > 0)
      .map(([error, count]) => processed(count, error)),
    { metric: 'blockedTime', value: blockedMillis / 1_000, attributes },
    { metric: 'lossEpisodes', value: episodes, attributes },
  ]
}

function measureExport(
  attributes: Attributes,
  exporterAttributes: Attributes,
  { queueBytes, inFlight, exported, workerRestarts }: ChannelCounts,
  failures: ReadonlyMap<string, number>,
): Measurement[] {
  return [
    { metric: 'queueBytes', value: queueBytes, attributes },
    { metric: 'workerRestarts', value: workerRestarts, attributes },
    { metric: 'inFlight', value: inFlight, attributes: exporterAttributes },
    { metric: 'exported', value: exported, attributes: exporterAttributes },
    ...[...failures].map(
      ([error, value]): Measurement => ({
        metric: 'exported',
        value,
        attributes: { ...exporterAttributes, 'error.type': error },
      }),
    ),
  ]
}
