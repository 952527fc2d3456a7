import type { MeterProvider } from '@opentelemetry/api'
import type { LogRecordExporter, LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import type { Random } from '../common/random.js'
import { describe, numberFromEnv } from '../common/settings.js'
import { type ExporterDescription, isDescription } from '../exporters/exporter-description.js'
import { isSynchronous, type SynchronousLogRecordExporter } from '../exporters/synchronous-exporter.js'
import { QueueLogRecordProcessor } from '../processors/queue-log-record-processor.js'
import type { FailureListener } from '../processors/queue-options.js'
import { SyncLogRecordProcessor } from '../processors/sync-log-record-processor.js'
import type { ErrorHandlers } from './error-handler.js'
import type { FailureReport } from './failure-report.js'
import { ForeignProcessor } from './foreign-processor.js'
import { guarded, type HandlerFunction } from './function-handler.js'
import { FunctionLogRecordExporter } from './function-log-record-exporter.js'
import { handlerExporter } from './handler-exporter.js'
import type { AsyncOptions, QueueChoice } from './handler-options.js'
import { type DeliveryStats, deliveryStats } from './handler-stats.js'
import { HandlingTimes } from './handling-times.js'
import { SynchronousFunctionExporter } from './synchronous-function-exporter.js'
import type { TargetLeases } from './target-leases.js'

/** What handles log records: a function, an exporter, the description of one, or a processor. */
export type HandlerTarget = HandlerFunction | LogRecordExporter | ExporterDescription | LogRecordProcessor

/** A way to a target, with its queue, if it has one. How it is does not change: another one takes its place. */
export interface Delivery {
  readonly processor: LogRecordProcessor
  stats(): DeliveryStats
}

/** What opens ways to one target; of several, each has a lease of it. */
export interface Deliveries {
  /** Whether there is a queue unless it is said. `undefined` for a processor: it is used as it is. */
  readonly asyncByDefault: boolean | undefined
  /** @throws TypeError if the target cannot be used so */
  open(async: QueueChoice): Delivery
}

/** What handlers share. */
export interface HandlerSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly leases: TargetLeases
  readonly errorHandlers: ErrorHandlers
  readonly meterProvider: MeterProvider | undefined
  /** Whether what handlers hold is delivered, too, when a signal ends the process. */
  readonly exitSignals: boolean
}

/**
 * The most records of one batch to a function: its records are handled one after the other, and a batch of slow ones
 * should neither run into the time-out of an export, nor keep other batches from a share of the work.
 */
const FUNCTION_BATCH_SIZE = 16

/** The most records of one export by the specification, and the batches that a handler's queue holds at least. */
const BATCH_SIZE = 512
const BATCHES_PER_QUEUE = 4

/** @throws TypeError if the target is none. */
export function deliveriesTo(
  target: HandlerTarget,
  id: string,
  failures: FailureReport,
  surroundings: HandlerSurroundings,
): Deliveries {
  const times = new HandlingTimes(surroundings.clock)
  const onFailed: FailureListener = (records, error) => failures.add(error, records)
  if (typeof target === 'function') return toFunction(target, id, onFailed, times, surroundings)
  if (isDescription(target)) return toDescription(target, id, onFailed, times, surroundings)
  if (isProcessor(target)) return toProcessor(target, failures, times, surroundings)
  if (isExporter(target)) return toExporter(target, id, onFailed, times, surroundings)
  throw new TypeError(
    'handler must be a function, an exporter (an object with export and shutdown) or a processor (an object with ' +
      `onEmit, forceFlush and shutdown), got ${describe(target)}`,
  )
}

function toFunction(
  target: HandlerFunction,
  id: string,
  onFailed: FailureListener,
  times: HandlingTimes,
  surroundings: HandlerSurroundings,
): Deliveries {
  const call = guarded(target, times)
  return {
    asyncByDefault: false,
    open: (async) =>
      counted(
        async === false
          ? syncProcessor(id, new FunctionLogRecordExporter(call), surroundings, onFailed)
          : queueProcessor(
              id,
              new SynchronousFunctionExporter(call, id),
              async,
              surroundings,
              onFailed,
              FUNCTION_BATCH_SIZE,
            ),
        times,
      ),
  }
}

function toExporter(
  target: LogRecordExporter,
  id: string,
  onFailed: FailureListener,
  times: HandlingTimes,
  surroundings: HandlerSurroundings,
): Deliveries {
  return {
    asyncByDefault: true,
    open(async) {
      const lease = surroundings.leases.begin(target)
      try {
        const exporter = handlerExporter(target, lease, times)
        return counted(
          async === false
            ? syncProcessor(id, synchronous(exporter), surroundings, onFailed)
            : queueProcessor(id, exporter, async, surroundings, onFailed),
          times,
        )
      } catch (error) {
        lease.end()
        throw error
      }
    },
  }
}

function toDescription(
  target: ExporterDescription,
  id: string,
  onFailed: FailureListener,
  times: HandlingTimes,
  surroundings: HandlerSurroundings,
): Deliveries {
  const onFailedThere: FailureListener = (records, reason) =>
    onFailed(records, new ExportFailedError(String(reason)))
  return {
    asyncByDefault: true,
    open: (async) =>
      counted(
        async === false
          ? syncProcessor(id, target, surroundings, onFailedThere)
          : queueProcessor(id, target, async, surroundings, onFailedThere),
        times,
      ),
  }
}

function toProcessor(
  target: LogRecordProcessor,
  failures: FailureReport,
  times: HandlingTimes,
  { clock, leases }: HandlerSurroundings,
): Deliveries {
  return {
    asyncByDefault: undefined,
    open() {
      const processor = new ForeignProcessor(target, leases.begin(target), failures, times, clock)
      return { processor, stats: () => processor.stats() }
    },
  }
}

function counted(
  processor: QueueLogRecordProcessor | SyncLogRecordProcessor,
  times: HandlingTimes,
): Delivery {
  return { processor, stats: () => deliveryStats(processor, times) }
}

/** What an export on another thread failed with: of the error there, only its code or name comes here. */
class ExportFailedError extends Error {
  readonly code: string

  constructor(reason: string) {
    super(`an export failed: ${reason}`)
    this.name = 'ExportFailedError'
    this.code = reason
  }
}

/**
 * How much of a handler's queue is exported at a time, unless the environment says. A batch is fetched once it is
 * complete, and others wait while it is under way: the larger it is, the longer, and the less of the queue is free then.
 */
function batchSize(bufferSize: number): number {
  const rule = { option: 'maxExportBatchSize', min: 1, max: bufferSize }
  return (
    numberFromEnv('OTEL_BLRP_MAX_EXPORT_BATCH_SIZE', rule) ??
    Math.min(BATCH_SIZE, Math.ceil(bufferSize / BATCHES_PER_QUEUE))
  )
}

function queueProcessor(
  name: string,
  exporter: LogRecordExporter | ExporterDescription,
  { mode, bufferSize, nThreads }: Required<AsyncOptions>,
  { clock, exitSignals, meterProvider }: HandlerSurroundings,
  onFailed: FailureListener,
  maxExportBatchSize = batchSize(bufferSize),
): QueueLogRecordProcessor {
  const options = {
    exporter,
    mode,
    maxQueueSize: bufferSize,
    concurrency: nThreads,
    name,
    exitHook: { signals: exitSignals },
    maxExportBatchSize: Math.min(maxExportBatchSize, bufferSize),
    ...(meterProvider !== undefined && { meterProvider }),
  }
  return new QueueLogRecordProcessor(options, clock, onFailed)
}

function syncProcessor(
  name: string,
  exporter: LogRecordExporter | ExporterDescription,
  { meterProvider, clock }: HandlerSurroundings,
  onFailed: FailureListener,
): SyncLogRecordProcessor {
  const options = { exporter, name, ...(meterProvider !== undefined && { meterProvider }) }
  return new SyncLogRecordProcessor(options, clock, onFailed)
}

function synchronous(exporter: LogRecordExporter): SynchronousLogRecordExporter {
  if (isSynchronous(exporter)) return exporter
  throw new TypeError(
    'async must not be false for an exporter without exportSync: its exports end only when the event loop runs, which ' +
      'a call that waits holds up. Leave async out, or give the description of an exporter that runs on the export ' +
      'thread, such as otlp()',
  )
}

function isProcessor(target: object): target is LogRecordProcessor {
  return hasMethods(target, ['onEmit', 'forceFlush', 'shutdown'])
}

function isExporter(target: object): target is LogRecordExporter {
  return hasMethods(target, ['export', 'shutdown'])
}

/** By shape: exporters and processors come from packages of several versions. */
function hasMethods(target: unknown, names: readonly string[]): boolean {
  if (typeof target !== 'object' || target === null) return false
  return names.every((name) => typeof Reflect.get(target, name) === 'function')
}
