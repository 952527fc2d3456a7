import type { MeterProvider } from '@opentelemetry/api'
import type { LogRecordExporter, LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { Clock } from '../common/clock.js'
import type { Random } from '../common/random.js'
import { describe, objectOption, textOption } from '../common/settings.js'
import { type ExporterDescription, isDescription } from '../exporters/exporter-description.js'
import { isSynchronous, type SynchronousLogRecordExporter } from '../exporters/synchronous-exporter.js'
import { QueueLogRecordProcessor } from '../processors/queue-log-record-processor.js'
import type { FailureListener } from '../processors/queue-options.js'
import { SyncLogRecordProcessor } from '../processors/sync-log-record-processor.js'
import { FailureReport } from './failure-report.js'
import { ForeignProcessor } from './foreign-processor.js'
import { guarded, type HandlerFunction } from './function-handler.js'
import { FunctionLogRecordExporter } from './function-log-record-exporter.js'
import { handlerExporter } from './handler-exporter.js'
import { HandlerFilter } from './handler-filter.js'
import { type HandlerFilterSettings, resolveHandlerFilter } from './handler-filter-options.js'
import {
  type AsyncOptions,
  type HandlerOptions,
  resolveEnabled,
  resolveHandlerOptions,
} from './handler-options.js'
import { type DeliveryStats, deliveryStats, type HandlerStats, handlerStats } from './handler-stats.js'
import { HandlingTimes } from './handling-times.js'
import { SynchronousFunctionExporter } from './synchronous-function-exporter.js'
import type { TargetLeases } from './target-leases.js'

/** What handles log records: a function, an exporter, the description of one, or a processor. */
export type HandlerTarget = HandlerFunction | LogRecordExporter | ExporterDescription | LogRecordProcessor

/** A handler, under way: every one is a log record processor behind a filter. */
export interface Handler {
  readonly id: string
  readonly settings: HandlerSettings
  readonly filter: HandlerFilter
  readonly processor: LogRecordProcessor
  readonly failures: FailureReport
  stats(): HandlerStats
}

/** A handler without its filter. */
interface Delivery extends Omit<Handler, 'filter' | 'stats'> {
  stats(): DeliveryStats
}

/** How a handler is set up; `async` is absent for a processor of the application's, and so are filters that it lacks. */
export interface HandlerSettings extends HandlerFilterSettings {
  /** Whether it gets any records. */
  readonly enabled: boolean
  /** Its queue; `false` without one. */
  readonly async?: false | Required<AsyncOptions>
}

/** What handlers share. */
export interface HandlerSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly leases: TargetLeases
  readonly meterProvider: MeterProvider | undefined
  /** Whether what handlers hold is delivered, too, when a signal ends the process. */
  readonly exitSignals: boolean
}

/**
 * The most records of one batch to a function: its records are handled one after the other, and a batch of slow ones
 * should neither run into the time-out of an export, nor keep other batches from a share of the work.
 */
const FUNCTION_BATCH_SIZE = 16

/** @throws TypeError or RangeError if the id, the target or an option is wrong. */
export function createHandler(
  id: string,
  target: HandlerTarget,
  options: HandlerOptions,
  surroundings: HandlerSurroundings,
): Handler {
  textOption(id, 'id')
  objectOption(options, 'options')
  const { clock, random } = surroundings
  const failures = new FailureReport(`handler ${JSON.stringify(id)}`, clock)
  // Before there is anything that would have to be let go of if an option is wrong.
  const filter = new HandlerFilter(resolveHandlerFilter(options), failures, clock, random)
  const delivery = createDelivery(id, target, options, failures, surroundings)
  return {
    ...delivery,
    filter,
    settings: { ...delivery.settings, ...filter.settings },
    stats: () => handlerStats(delivery.stats(), filter),
  }
}

function createDelivery(
  id: string,
  target: HandlerTarget,
  options: HandlerOptions,
  failures: FailureReport,
  surroundings: HandlerSurroundings,
): Delivery {
  if (typeof target === 'function') return functionHandler(id, target, options, failures, surroundings)
  if (isDescription(target)) return descriptionHandler(id, target, options, failures, surroundings)
  if (isProcessor(target)) return processorHandler(id, target, options, failures, surroundings)
  if (isExporter(target)) return exporterHandler(id, target, options, failures, surroundings)
  throw new TypeError(
    'handler must be a function, an exporter (an object with export and shutdown) or a processor (an object with ' +
      `onEmit, forceFlush and shutdown), got ${describe(target)}`,
  )
}

function functionHandler(
  id: string,
  target: HandlerFunction,
  options: HandlerOptions,
  failures: FailureReport,
  surroundings: HandlerSurroundings,
): Delivery {
  const settings = resolveHandlerOptions(options, false)
  const times = new HandlingTimes(surroundings.clock)
  const call = guarded(target, failures, times)
  const processor =
    settings.async === false
      ? syncProcessor(id, new FunctionLogRecordExporter(call), surroundings)
      : queueProcessor(id, new SynchronousFunctionExporter(call, id), settings.async, surroundings, {
          maxExportBatchSize: FUNCTION_BATCH_SIZE,
        })
  return { id, settings, processor, failures, stats: () => deliveryStats(processor, times) }
}

function exporterHandler(
  id: string,
  target: LogRecordExporter,
  options: HandlerOptions,
  failures: FailureReport,
  surroundings: HandlerSurroundings,
): Delivery {
  const settings = resolveHandlerOptions(options, true)
  const lease = surroundings.leases.begin(target)
  try {
    const times = new HandlingTimes(surroundings.clock)
    const exporter = handlerExporter(target, lease, failures, times)
    const processor =
      settings.async === false
        ? syncProcessor(id, synchronous(exporter), surroundings)
        : queueProcessor(id, exporter, settings.async, surroundings)
    return { id, settings, processor, failures, stats: () => deliveryStats(processor, times) }
  } catch (error) {
    lease.end()
    throw error
  }
}

function descriptionHandler(
  id: string,
  target: ExporterDescription,
  options: HandlerOptions,
  failures: FailureReport,
  surroundings: HandlerSurroundings,
): Delivery {
  const settings = resolveHandlerOptions(options, true)
  const times = new HandlingTimes(surroundings.clock)
  const onFailed: FailureListener = (records, reason) => failures.add(new ExportFailedError(reason), records)
  const processor =
    settings.async === false
      ? syncProcessor(id, target, surroundings, onFailed)
      : queueProcessor(id, target, settings.async, surroundings, { onFailed })
  return { id, settings, processor, failures, stats: () => deliveryStats(processor, times) }
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

function processorHandler(
  id: string,
  target: LogRecordProcessor,
  options: HandlerOptions,
  failures: FailureReport,
  surroundings: HandlerSurroundings,
): Delivery {
  const settings = { enabled: resolveEnabled(options) }
  if (options.async !== undefined) {
    throw new TypeError(
      `async cannot be given for a processor, got ${describe(options.async)}: a processor is used as it is. Leave it ` +
        'out, or add the exporter as the handler',
    )
  }
  const { clock, leases } = surroundings
  const times = new HandlingTimes(clock)
  const processor = new ForeignProcessor(target, leases.begin(target), times, clock)
  return { id, settings, processor, failures, stats: () => processor.stats() }
}

function queueProcessor(
  name: string,
  exporter: LogRecordExporter | ExporterDescription,
  { mode, bufferSize, nThreads }: Required<AsyncOptions>,
  { clock, exitSignals, meterProvider }: HandlerSurroundings,
  { maxExportBatchSize, onFailed }: { maxExportBatchSize?: number; onFailed?: FailureListener } = {},
): QueueLogRecordProcessor {
  const options = {
    exporter,
    mode,
    maxQueueSize: bufferSize,
    concurrency: nThreads,
    name,
    exitHook: { signals: exitSignals },
    ...(maxExportBatchSize !== undefined && { maxExportBatchSize: Math.min(maxExportBatchSize, bufferSize) }),
    ...(meterProvider !== undefined && { meterProvider }),
  }
  return new QueueLogRecordProcessor(options, clock, onFailed)
}

function syncProcessor(
  name: string,
  exporter: LogRecordExporter | ExporterDescription,
  { meterProvider, clock }: HandlerSurroundings,
  onFailed?: FailureListener,
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
