import type { Attributes, Meter } from '@opentelemetry/api'

/** The metrics whose values are observed when they are collected. */
export type ObservedMetric = keyof ReturnType<typeof createInstruments>['observed']

/** A value of one of them. */
export interface Measurement {
  readonly metric: ObservedMetric
  readonly value: number
  readonly attributes: Attributes
}

/** The instruments of the library, by the names of the semantic conventions where these have one. */
export function createInstruments(meter: Meter) {
  return {
    observed: {
      queueSize: meter.createObservableUpDownCounter('otel.sdk.processor.log.queue.size', {
        description: 'The number of log records in the queue of a processor.',
        unit: '{log_record}',
      }),
      queueCapacity: meter.createObservableUpDownCounter('otel.sdk.processor.log.queue.capacity', {
        description: 'The most log records the queue of a processor can hold.',
        unit: '{log_record}',
      }),
      processed: meter.createObservableCounter('otel.sdk.processor.log.processed', {
        description: 'Log records handed to the exporter, or dropped: then error.type says why.',
        unit: '{log_record}',
      }),
      inFlight: meter.createObservableUpDownCounter('otel.sdk.exporter.log.inflight', {
        description: 'Log records that the exporter was handed and that are not done with.',
        unit: '{log_record}',
      }),
      exported: meter.createObservableCounter('otel.sdk.exporter.log.exported', {
        description: 'Log records whose export came to an end; where it failed, error.type says why.',
        unit: '{log_record}',
      }),
      blockedTime: meter.createObservableCounter('sluice.processor.blocked.time', {
        description: 'How long callers have waited for room in the queue.',
        unit: 's',
      }),
      queueBytes: meter.createObservableUpDownCounter('sluice.queue.bytes', {
        description: 'The bytes of the log records in the queue of a processor.',
        unit: 'By',
      }),
      workerRestarts: meter.createObservableCounter('sluice.worker.restarts', {
        description: 'How often the export thread of a processor was replaced.',
        unit: '{restart}',
      }),
      lossEpisodes: meter.createObservableCounter('sluice.loss.episodes', {
        description: 'Episodes in which a processor lost log records.',
        unit: '{episode}',
      }),
    },
    duration: meter.createHistogram('otel.sdk.exporter.operation.duration', {
      description: 'How long exports took, with all attempts.',
      unit: 's',
    }),
  }
}
