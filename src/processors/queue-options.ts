import { diag, type MeterProvider } from '@opentelemetry/api'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import {
  booleanOption,
  choiceFromEnv,
  choiceOption,
  describe,
  functionOption,
  MAX_MILLIS,
  type NumberRule,
  numberFromEnv,
  numberOption,
  objectOption,
  textOption,
} from '../common/settings.js'
import { type ExporterDescription, isDescription } from '../exporters/exporter-description.js'
import { isSynchronous } from '../exporters/synchronous-exporter.js'
import { nextComponentName } from './component-name.js'
import type { Loss } from './loss-reporter.js'
import type { OverflowMode } from './queue-stats.js'
import type { Reserve } from './reserve.js'

/** What a `QueueLogRecordProcessor` can be told. Only the exporter has no default. */
export interface QueueLogRecordProcessorOptions {
  /**
   * Where the records go: a log record exporter, which runs on this thread, or the description of one, such as
   * `otlp()` and `file()` make, which runs on the export thread.
   */
  exporter: LogRecordExporter | ExporterDescription
  /**
   * What happens when the queue is full. `blocking` needs an exporter on the export thread, or one with `exportSync`.
   * Default: `OTEL_SLUICE_MODE`, else `dropping`.
   */
  mode?: OverflowMode
  /** The most records the queue holds, 1 to 16,777,216. Default: `OTEL_BLRP_MAX_QUEUE_SIZE`, else 2048. */
  maxQueueSize?: number
  /**
   * The most bytes of encoded records the queue holds; on the export thread only. 65,536 to 1,073,741,824.
   * Default: 8,388,608.
   */
  maxQueueBytes?: number
  /**
   * The most records of one export, 1 to `maxQueueSize`. Default: `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE`, else 512, or
   * `maxQueueSize` where that is less.
   */
  maxExportBatchSize?: number
  /** How long a record may wait for a batch to fill, in milliseconds. Default: `OTEL_BLRP_SCHEDULE_DELAY`, else 1000. */
  scheduledDelayMillis?: number
  /** How long one export may take, in milliseconds, before it counts as failed. Default: `OTEL_BLRP_EXPORT_TIMEOUT`, else 30000. */
  exportTimeoutMillis?: number
  /** How many exports may be under way at a time, 1 to 1024. Default: 1, as the specification has it. */
  concurrency?: number
  /** How long a caller may wait for room (`blocking`), in milliseconds. Default: 5000. */
  blockTimeoutMillis?: number
  /** How long `shutdown()` may take, in milliseconds. Default: 30000. */
  shutdownTimeoutMillis?: number
  /** How long the end of the process may wait for this processor, in milliseconds. Default: 5000. */
  exitTimeoutMillis?: number
  /**
   * Whether what is queued is delivered when the process ends, as far as the exporter can; with `signals`, also when
   * SIGTERM, SIGINT or SIGHUP ends it and the application does not listen for that. Default: true, which leaves signals
   * alone.
   */
  exitHook?: boolean | { signals: boolean }
  /** Keeps the last `fraction` of the queue for records of severity `minSeverity` and above. Not with `sliding`. */
  reserve?: Reserve
  /** The name in metrics and diagnostics (`otel.component.name`). Default: `QueueLogRecordProcessor/<n>`. */
  name?: string
  /** Where the metrics go. Default: the global meter provider, also when it is set later. */
  meterProvider?: MeterProvider
  /** Whether there are metrics. Default: true. */
  metrics?: boolean
  /**
   * Whether a log record in the stream says how many records are missing at that place. On the export thread, a batch
   * before which records were evicted has that record beside its `maxExportBatchSize` others. Default: false.
   */
  reportLoss?: boolean
  /** Told of drops, at most once a second for each reason. What it throws is ignored. */
  onDrop?: (loss: Loss) => void
}

/** The options, each with its value; `sync` is the mode of a processor that keeps nothing back. */
export type QueueSettings = Required<
  Omit<QueueLogRecordProcessorOptions, 'mode' | 'exitHook' | 'reserve' | 'meterProvider' | 'onDrop'>
> &
  Pick<QueueLogRecordProcessorOptions, 'reserve' | 'meterProvider' | 'onDrop'> & {
    mode: OverflowMode | 'sync'
    exitHook: false | { readonly signals: boolean }
    onFailed?: FailureListener | undefined
  }

/** Told of records that failed: how many, and the error; of one on the export thread, a code or a name. */
export type FailureListener = (records: number, error: unknown) => void

const MODES: readonly OverflowMode[] = ['dropping', 'blocking', 'sliding']
const MAX_QUEUE_SIZE = 2 ** 24
const MAX_CONCURRENCY = 1024

/** @throws TypeError or RangeError that names the option, its value and what is allowed. */
export function queueSettings(options: QueueLogRecordProcessorOptions): QueueSettings {
  checkOptions(options)
  const exporter = exporterOption(options.exporter)
  const mode = modeSetting(options)
  const maxQueueSize = setting(options.maxQueueSize, 'OTEL_BLRP_MAX_QUEUE_SIZE', 2048, {
    option: 'maxQueueSize',
    min: 1,
    max: MAX_QUEUE_SIZE,
  })
  const settings: QueueSettings = {
    exporter,
    mode,
    maxQueueSize,
    maxQueueBytes: optional(options.maxQueueBytes, 8 * 1024 * 1024, {
      option: 'maxQueueBytes',
      min: 65_536,
      max: 2 ** 30,
    }),
    maxExportBatchSize: setting(
      options.maxExportBatchSize,
      'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
      Math.min(512, maxQueueSize),
      { option: 'maxExportBatchSize', min: 1, max: maxQueueSize },
    ),
    scheduledDelayMillis: setting(options.scheduledDelayMillis, 'OTEL_BLRP_SCHEDULE_DELAY', 1_000, {
      option: 'scheduledDelayMillis',
      min: 0,
      max: MAX_MILLIS,
    }),
    exportTimeoutMillis: setting(options.exportTimeoutMillis, 'OTEL_BLRP_EXPORT_TIMEOUT', 30_000, {
      option: 'exportTimeoutMillis',
      min: 1,
      max: MAX_MILLIS,
    }),
    concurrency: optional(options.concurrency, 1, { option: 'concurrency', min: 1, max: MAX_CONCURRENCY }),
    blockTimeoutMillis: millis(options.blockTimeoutMillis, 'blockTimeoutMillis', 5_000),
    shutdownTimeoutMillis: millis(options.shutdownTimeoutMillis, 'shutdownTimeoutMillis', 30_000),
    exitTimeoutMillis: millis(options.exitTimeoutMillis, 'exitTimeoutMillis', 5_000),
    exitHook: options.exitHook === undefined ? { signals: false } : exitHookOption(options.exitHook),
    name:
      options.name === undefined
        ? nextComponentName('QueueLogRecordProcessor')
        : textOption(options.name, 'name'),
    metrics: options.metrics === undefined ? true : booleanOption(options.metrics, 'metrics'),
    reportLoss: options.reportLoss === undefined ? false : booleanOption(options.reportLoss, 'reportLoss'),
  }
  if (options.reserve !== undefined) settings.reserve = reserveOption(options.reserve)
  if (options.meterProvider !== undefined) settings.meterProvider = meterProviderOption(options.meterProvider)
  if (options.onDrop !== undefined) settings.onDrop = functionOption(options.onDrop, 'onDrop')
  return settings
}

/** @throws TypeError if the value is no exporter and describes none. */
export function exporterOption(
  exporter: LogRecordExporter | ExporterDescription,
): LogRecordExporter | ExporterDescription {
  const value: unknown = exporter
  if (isDescription(value)) return exporter
  const isExporter =
    typeof value === 'object' && value !== null && 'export' in value && typeof value.export === 'function'
  if (!isExporter) {
    throw new TypeError(
      `exporter must be a log record exporter (an object with export) or a description such as otlp(), got ${describe(value)}`,
    )
  }
  return exporter
}

/** @throws TypeError if the value is no meter provider. */
export function meterProviderOption(meterProvider: MeterProvider): MeterProvider {
  const value: unknown = meterProvider
  const isProvider =
    typeof value === 'object' && value !== null && 'getMeter' in value && typeof value.getMeter === 'function'
  if (!isProvider) {
    throw new TypeError(
      `meterProvider must be a MeterProvider (an object with getMeter), got ${describe(value)}`,
    )
  }
  return meterProvider
}

function checkOptions(options: unknown): void {
  if (typeof options === 'object' && options !== null) return
  throw new TypeError(`options must be an object with an exporter, got ${describe(options)}`)
}

/** A mode that the other options do not go with throws, or, if it came from the environment, warns and is ignored. */
function modeSetting(options: QueueLogRecordProcessorOptions): OverflowMode {
  if (options.mode !== undefined) {
    const mode = choiceOption(options.mode, 'mode', MODES)
    const objection = objectionTo(mode, options)
    if (objection !== undefined) throw new TypeError(objection)
    return mode
  }
  const mode = choiceFromEnv('OTEL_SLUICE_MODE', MODES) ?? 'dropping'
  const objection = objectionTo(mode, options)
  if (objection === undefined) return mode
  diag.warn(`otel-sluice: OTEL_SLUICE_MODE is "${mode}", but ${objection}: the default is used`)
  return 'dropping'
}

/** Why a mode cannot be, given the other options. */
function objectionTo(
  mode: OverflowMode,
  { exporter, reserve }: QueueLogRecordProcessorOptions,
): string | undefined {
  if (mode === 'blocking' && !isDescription(exporter) && !isSynchronous(exporter)) {
    return (
      "mode 'blocking' needs an exporter that can export while its caller waits, got one without exportSync: its " +
      "export could never finish while the caller holds the event loop. Use mode 'dropping' or 'sliding', or an " +
      'exporter on the export thread, such as otlp(), or one with exportSync, such as FileLogRecordExporter'
    )
  }
  if (mode === 'sliding' && reserve !== undefined) {
    return (
      "reserve cannot be used with mode 'sliding', whose oldest record may be an error: " +
      'give errors a processor of their own'
    )
  }
  return undefined
}

function exitHookOption(exitHook: boolean | { signals: boolean }): QueueSettings['exitHook'] {
  if (exitHook === false) return false
  if (exitHook === true) return { signals: false }
  const { signals } = objectOption(exitHook, 'exitHook', 'true, false or an object with signals')
  return { signals: booleanOption(signals, 'exitHook.signals') }
}

function reserveOption(reserve: Reserve): Reserve {
  const value: unknown = reserve
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`reserve must be an object with minSeverity and fraction, got ${describe(value)}`)
  }
  const { minSeverity, fraction } = reserve
  numberOption(minSeverity, { option: 'reserve.minSeverity', min: 1, max: 24 })
  numberOption(fraction, { option: 'reserve.fraction', min: Number.MIN_VALUE, max: 0.999, fractions: true })
  return { minSeverity, fraction }
}

function setting(value: unknown, variable: string, fallback: number, rule: NumberRule): number {
  return value === undefined ? (numberFromEnv(variable, rule) ?? fallback) : numberOption(value, rule)
}

function optional(value: unknown, fallback: number, rule: NumberRule): number {
  return value === undefined ? fallback : numberOption(value, rule)
}

function millis(value: unknown, option: string, fallback: number): number {
  return optional(value, fallback, { option, min: 0, max: MAX_MILLIS })
}
