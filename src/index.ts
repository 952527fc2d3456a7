export type { AnyValue, Attributes } from './common/any-value.js'
export type { ExporterDescription } from './exporters/exporter-description.js'
export { type FileOptions, file, type LineOptions } from './exporters/file.js'
export {
  FileLogRecordExporter,
  type FileLogRecordExporterOptions,
} from './exporters/file-log-record-exporter.js'
export type { LineFormat } from './exporters/line-format.js'
export { type ModuleExporterOptions, moduleExporter } from './exporters/module-exporter.js'
export { type OtlpOptions, otlp } from './exporters/otlp/otlp.js'
export { PartialExportError } from './exporters/partial-export-error.js'
export type { RotateOptions } from './exporters/rotate-options.js'
export {
  StreamLogRecordExporter,
  type StreamLogRecordExporterOptions,
} from './exporters/stream-log-record-exporter.js'
export { stderr, stdout } from './exporters/streams.js'
export type { SynchronousLogRecordExporter } from './exporters/synchronous-exporter.js'
export type {
  IsEnabled,
  Log,
  LogAtLevel,
  LogError,
  LogEvent,
  LogSignal,
  TelemetryLogger,
} from './facade/calls.js'
export {
  addFileHandler,
  addHandler,
  addLoggerHandler,
  addOtlpHandler,
  addStderrHandler,
  addStdoutHandler,
  benchmarkTelemetryImpact,
  catchToError,
  clearFilters,
  clearHandlers,
  compareHandlers,
  configureProductionTelemetry,
  detectBackpressure,
  error,
  event,
  flushTelemetry,
  getFilters,
  getHandlerHealth,
  getHandlerStats,
  getHandlers,
  getMinLevel,
  isEnabled,
  log,
  logger,
  removeHandler,
  setAsync,
  setContext,
  setEnabled,
  setErrorHandler,
  setHandlerOptions,
  setIdFilter,
  setMinLevel,
  setNsFilter,
  shutdownTelemetry,
  signal,
  spy,
  telemetry,
  trace,
  withContext,
  withSignals,
} from './facade/default-telemetry.js'
export type { HandlerTarget } from './facade/deliveries.js'
export type { ErrorHandler, ErrorHandlerOptions, HandlerFailure } from './facade/error-handler.js'
export type { FilterSettings } from './facade/filters.js'
export type { HandlerFunction } from './facade/function-handler.js'
export type { HandlerSettings } from './facade/handler.js'
export type { HandlerComparison } from './facade/handler-comparison.js'
export type { HandlerControl } from './facade/handler-control.js'
export type { HandlerFilterCounts } from './facade/handler-filter.js'
export type { HandlerFilterOptions, HandlerFilterSettings } from './facade/handler-filter-options.js'
export type { AsyncOptions, HandlerChanges, HandlerOptions } from './facade/handler-options.js'
export type { HandlerResult } from './facade/handler-registry.js'
export type { DeliveryStats, HandlerStats, RecentTrouble } from './facade/handler-stats.js'
export type { HandlingMillis } from './facade/handling-times.js'
export type {
  Backpressure,
  BackpressureOptions,
  HandlerHealth,
  HealthOptions,
  TelemetryHealth,
} from './facade/health.js'
export type { ImpactBenchmark, TelemetryImpact } from './facade/impact.js'
export type { Level, LevelName } from './facade/level.js'
export type { MinLevel, NsLevel } from './facade/level-filter.js'
export type { Location } from './facade/log-emitter.js'
export type { Data, LogFields, Message } from './facade/log-fields.js'
export type { LoggerHandlerOptions, LoggerShape, MirroredLogger } from './facade/logger-mirror.js'
export type { EmittedLogRecord, Logger, LoggerProvider } from './facade/logger-provider.js'
export type { NameFilter, NameFilterSettings, NamePatterns } from './facade/name-filter.js'
export type { NamePattern } from './facade/name-pattern.js'
export type { ProductionOptions, ProductionSetup } from './facade/production.js'
export type { Limit, LimitWindow } from './facade/rate-limit.js'
export type { CatchToError, Caught, RunCalls, Spy, Trace } from './facade/run-calls.js'
export type { Signal } from './facade/signal.js'
export type { CapturedSignals, WithSignals } from './facade/signal-captures.js'
export {
  createTelemetry,
  type FileHandlerOptions,
  type LineHandlerOptions,
  type OtlpHandlerOptions,
  type Telemetry,
} from './facade/telemetry.js'
export type { LogRecordLimits, TelemetryOptions } from './facade/telemetry-options.js'
export type { Loss } from './processors/loss-reporter.js'
export { QueueLogRecordProcessor } from './processors/queue-log-record-processor.js'
export type { QueueLogRecordProcessorOptions } from './processors/queue-options.js'
export type { DropReason, OverflowMode, QueueStats } from './processors/queue-stats.js'
export type { RecentLoss } from './processors/recent-loss.js'
export type { Reserve } from './processors/reserve.js'
