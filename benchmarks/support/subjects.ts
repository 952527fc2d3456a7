import { SeverityNumber } from '@opentelemetry/api-logs'
import { ExportResultCode } from '@opentelemetry/core'
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
  type LogRecordProcessor,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs'
import { createTelemetry, type OverflowMode, otlp, QueueLogRecordProcessor } from 'otel-sluice'
import { BlockedTime } from './blocked-time.js'
import { EncodingAndSendingProcessor, EncodingProcessor } from './floor.js'

/** Equal for all where a benchmark says so; else each has its own defaults. */
export const EQUAL = { maxQueueSize: 2048, maxExportBatchSize: 512, scheduledDelayMillis: 1_000 }

/**
 * What is measured: `processor` through the SDK's `Logger.emit`, `facade` through our own calls. `no-op` is a processor
 * that does nothing: what `Logger.emit` itself takes. `encode only` and `encode and send` are the least that a processor
 * can do which encodes in the call (see floor.ts).
 */
export type SubjectName =
  | `processor ${OverflowMode}`
  | `facade ${OverflowMode}`
  | 'sdk json'
  | 'sdk protobuf'
  | 'no-op'
  | 'encode only'
  | 'encode and send'

/** Something that logs to an OTLP receiver, and what has become of its records. */
export interface Subject {
  /** Logs one record, with five attributes and its number in the body. */
  emit(sequence: number): void
  /** How many records fit in its queue. */
  readonly capacity: number
  /** How many records wait in its queue. */
  queued(): number
  /** Resolves when everything that was emitted is acknowledged, or lost. */
  flush(): Promise<void>
  /** How many records the receiver acknowledged. */
  acknowledged(): number
  /** Milliseconds that callers were made to wait. */
  blockedMillis(): Promise<number>
}

/** @param areEqual whether queue, batches and concurrency are the same for all. */
export function createSubject(name: SubjectName, url: string, areEqual: boolean): Subject {
  switch (name) {
    case 'no-op':
      return idleSubject({ onEmit() {}, async forceFlush() {}, async shutdown() {} })
    case 'encode only':
      return idleSubject(new EncodingProcessor())
    case 'encode and send':
      return encodingAndSendingSubject(url)
    case 'sdk json':
      return sdkSubject(new JsonExporter({ url }), areEqual)
    case 'sdk protobuf':
      return sdkSubject(new ProtobufExporter({ url }), areEqual)
    case 'processor dropping':
      return processorSubject('dropping', url, areEqual)
    case 'processor sliding':
      return processorSubject('sliding', url, areEqual)
    case 'processor blocking':
      return processorSubject('blocking', url, areEqual)
    case 'facade dropping':
      return facadeSubject('dropping', url, areEqual)
    case 'facade sliding':
      return facadeSubject('sliding', url, areEqual)
    case 'facade blocking':
      return facadeSubject('blocking', url, areEqual)
  }
}

/** What `Logger.emit` is handed for one record. */
export function logRecord(sequence: number) {
  return {
    severityNumber: SeverityNumber.INFO,
    severityText: 'info',
    body: message(sequence),
    attributes: attributes(sequence),
  }
}

/** Decoded again by the receiver: how many there are, and whether they are in order. */
function message(sequence: number): string {
  return `order ${sequence} accepted`
}

/** Made anew for every record, as applications do. */
function attributes(sequence: number) {
  return {
    'http.request.method': 'POST',
    'url.path': '/api/orders',
    'http.response.status_code': 201,
    'order.total': sequence + 0.5,
    'customer.returning': true,
  }
}

/** Records go nowhere. */
function idleSubject(processor: LogRecordProcessor): Subject {
  return {
    emit: emitThrough(processor),
    capacity: EQUAL.maxQueueSize,
    queued: () => 0,
    flush: async () => {},
    acknowledged: () => 0,
    blockedMillis: async () => 0,
  }
}

function encodingAndSendingSubject(url: string): Subject {
  const samples: ReadableLogRecord[] = []
  emitThrough({
    onEmit: (record) => {
      samples.push(record)
    },
    async forceFlush() {},
    async shutdown() {},
  })(0)
  const [sample] = samples
  if (sample === undefined) throw new Error('the SDK has emitted nothing')
  const processor = new EncodingAndSendingProcessor(url, EQUAL.maxExportBatchSize, sample)
  return {
    ...idleSubject(processor),
    queued: () => processor.queued,
    flush: () => processor.forceFlush(),
    acknowledged: () => processor.arrived,
  }
}

function processorSubject(mode: OverflowMode, url: string, areEqual: boolean): Subject {
  const processor = new QueueLogRecordProcessor({
    exporter: otlp({ url }),
    mode,
    ...(areEqual && { ...EQUAL, concurrency: 1 }),
  })
  return {
    emit: emitThrough(processor),
    capacity: processor.stats().capacity,
    queued: () => processor.stats().queueSize,
    flush: () => processor.forceFlush(),
    acknowledged: () => processor.stats().exported,
    blockedMillis: async () => processor.stats().blockedMillis,
  }
}

function facadeSubject(mode: OverflowMode, url: string, areEqual: boolean): Subject {
  const blockedTime = new BlockedTime()
  const telemetry = createTelemetry({ meterProvider: blockedTime.meterProvider })
  const async = { mode, ...(areEqual && { bufferSize: EQUAL.maxQueueSize, nThreads: 1 }) }
  telemetry.addOtlpHandler('otlp', { async, exporter: { url } })
  const { async: settings } = telemetry.getHandlers().otlp ?? {}
  if (!settings) throw new Error('the handler has no queue')
  const stats = () => {
    const { otlp } = telemetry.getHandlerStats()
    if (otlp === undefined) throw new Error('the handler is gone')
    return otlp
  }
  const { info } = telemetry.log
  return {
    emit: (sequence) => info(message(sequence), attributes(sequence)),
    capacity: settings.bufferSize,
    queued: () => stats().queueSize,
    flush: async () => {
      await telemetry.flushTelemetry()
    },
    acknowledged: () => stats().processed,
    blockedMillis: () => blockedTime.millis(),
  }
}

function sdkSubject(exporter: LogRecordExporter, areEqual: boolean): Subject {
  const counting = new CountingExporter(exporter)
  const processor = new BatchLogRecordProcessor({ exporter: counting, ...(areEqual && EQUAL) })
  const emit = emitThrough(processor)
  let emitted = 0
  return {
    emit: (sequence) => {
      emitted++
      emit(sequence)
    },
    capacity: EQUAL.maxQueueSize,
    queued: () => emitted - counting.taken,
    flush: () => processor.forceFlush(),
    acknowledged: () => counting.acknowledged,
    blockedMillis: async () => 0,
  }
}

function emitThrough(processor: LogRecordProcessor): (sequence: number) => void {
  const logger = new LoggerProvider({ processors: [processor] }).getLogger('benchmark')
  return (sequence) => logger.emit(logRecord(sequence))
}

/**
 * Counts what the SDK hands over, once a batch. The SDK's processor publishes no counts; its queue has no more records
 * than were emitted and not handed over yet.
 */
class CountingExporter implements LogRecordExporter {
  taken = 0
  acknowledged = 0
  readonly #exporter: LogRecordExporter

  constructor(exporter: LogRecordExporter) {
    this.#exporter = exporter
  }

  export(...[records, done]: Parameters<LogRecordExporter['export']>): void {
    this.taken += records.length
    this.#exporter.export(records, (result) => {
      if (result.code === ExportResultCode.SUCCESS) this.acknowledged += records.length
      done(result)
    })
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.()
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }
}
