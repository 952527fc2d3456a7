import { diag } from '@opentelemetry/api'
import { type LogRecordProcessor, LoggerProvider as SdkLoggerProvider } from '@opentelemetry/sdk-logs'
import { type Clock, systemClock } from '../common/clock.js'
import { booleanOption, MAX_MILLIS, numberOption, objectOption } from '../common/settings.js'
import type { FileOptions, LineOptions } from '../exporters/file.js'
import { type OtlpOptions, otlp } from '../exporters/otlp/otlp.js'
import { ThreadsForbiddenError } from '../exporters/thread/start-export-worker.js'
import { CallFilter } from './call-filter.js'
import { createCalls, type TelemetryLogger } from './calls.js'
import type { HandlerTarget } from './deliveries.js'
import { ErrorHandlers } from './error-handler.js'
import { FailureReport } from './failure-report.js'
import type { FilterSettings } from './filters.js'
import { Handler, type HandlerSettings } from './handler.js'
import { createHandlerControl, type HandlerControl } from './handler-control.js'
import type { HandlerOptions } from './handler-options.js'
import { HandlerRegistry, type HandlerResult } from './handler-registry.js'
import type { HandlerStats } from './handler-stats.js'
import { HandlersProcessor } from './handlers-processor.js'
import { createHealth, type TelemetryHealth } from './health.js'
import { type ImpactBenchmark, measureImpact } from './impact.js'
import { type Level, levelOption } from './level.js'
import { fileLines, type LineExporters, STDERR_LINES, STDOUT_LINES } from './line-exporters.js'
import { LogEmitter } from './log-emitter.js'
import { scopeName } from './log-fields.js'
import { BRIDGED_SCOPES, type LoggerHandlerOptions, type MirroredLogger, mirrorTo } from './logger-mirror.js'
import { LoggerSource } from './logger-source.js'
import { type NameFilter, optionalNameFilter } from './name-filter.js'
import { type NamePattern, patternOption } from './name-pattern.js'
import { configureProduction, type ProductionSetup } from './production.js'
import { ScopedContext } from './scoped-context.js'
import { SignalCaptures, type WithSignals } from './signal-captures.js'
import { TargetLeases } from './target-leases.js'
import { type TelemetryOptions, type TelemetrySettings, telemetrySettings } from './telemetry-options.js'

/** What an OTLP handler can be told. */
export interface OtlpHandlerOptions extends HandlerOptions {
  /** How the records are sent. */
  readonly exporter?: OtlpOptions
}

/** What a handler for a stream can be told. */
export type LineHandlerOptions = HandlerOptions & LineOptions

/** What a handler for a file can be told. */
export type FileHandlerOptions = HandlerOptions & FileOptions

/**
 * Logging for an application: calls that make log records, and handlers that take them. All of its methods are plain
 * functions, which can be passed on and destructured; none of those that log ever throws.
 */
export interface Telemetry
  extends TelemetryLogger,
    HandlerControl,
    TelemetryHealth,
    ProductionSetup,
    ImpactBenchmark {
  /** The calls for an instrumentation scope. */
  logger(ns: string): TelemetryLogger

  /**
   * Runs a function; all that it logs, and all asynchronous work that it starts, has `data` as well. A record's own data
   * wins over that of the scope, and an inner scope over an outer one. The data is copied. What the function returns or
   * throws passes through. Never throws anything else.
   *
   * It is for the calls of this telemetry: records of other loggers do not get it.
   */
  withContext<T>(data: object, fn: () => T): T
  /**
   * Replaces what all records of this telemetry have, beside their own data and that of scopes, which both win; inside
   * of `withContext` too, it is this that is replaced, and for everybody. The data is copied. Default: nothing, which
   * `{}` and `undefined` restore. Never throws.
   */
  setContext(data: object | undefined): void
  /**
   * For tests: runs a function, and returns what it returned and the signals that came of it, whatever handlers there
   * are and whatever they filter; the handlers get them too. With a promise, the result is a promise, and signals are
   * captured until it settles. Tests that run at the same time do not see each other's. What a minimum level, or
   * disabling telemetry, holds back is not captured; nor is what goes to a provider that lacks `telemetry.processor`.
   *
   * Throws, or rejects with, what the function does.
   */
  withSignals<T>(fn: () => T): WithSignals<T>

  /**
   * Adds a handler. One that has this id already is replaced: it gets no more records, and drains in the background.
   *
   * @param handler a function, a log record exporter or a log record processor.
   * @throws TypeError or RangeError if an argument or option is wrong, naming it.
   */
  addHandler(id: string, handler: HandlerTarget, options?: HandlerOptions): void
  /** Takes a handler out. Resolves, when it has drained, to whether there was one; never rejects. */
  removeHandler(id: string): Promise<boolean>
  /** Takes all handlers out. Resolves when they have drained; never rejects. */
  clearHandlers(): Promise<void>
  /** How the handlers are set up, by id. */
  getHandlers(): Record<string, HandlerSettings>

  /**
   * Adds a handler for a file, on the export thread unless `async` is `false`; with the id `file` unless told otherwise.
   *
   * @throws TypeError or RangeError if an argument or option is wrong, naming it. A file that cannot be written does
   *   not throw: it is tried again with every export.
   */
  addFileHandler(path: string): void
  addFileHandler(id: string, path: string, options?: FileHandlerOptions): void
  /** Adds a handler for stdout in the same way; with the id `stdout` unless told otherwise. @throws like `addHandler` */
  addStdoutHandler(id?: string, options?: LineHandlerOptions): void
  /** Adds a handler for stderr in the same way; with the id `stderr` unless told otherwise. @throws like `addHandler` */
  addStderrHandler(id?: string, options?: LineHandlerOptions): void
  /**
   * Adds a handler for OTLP over HTTP, on the export thread; with the id `otlp` unless told otherwise. It needs the
   * package `@opentelemetry/exporter-logs-otlp-http`.
   *
   * @throws like `addHandler`; and if the package is missing.
   */
  addOtlpHandler(id?: string, options?: OtlpHandlerOptions): void

  /**
   * Adds a handler that hands records on to a logger of the application's, so that its output goes on as before: a
   * console, a pino or winston logger, or one with such methods; a level without a method goes to the nearest. Records
   * that come from a bridge of OpenTelemetry for such loggers are left out unless `ns` says otherwise: they have been
   * written already. What a bridge makes of the records that are handed on is not taken.
   *
   * @throws like `addHandler`; TypeError if it is no logger.
   */
  addLoggerHandler(id: string, logger: MirroredLogger, options?: LoggerHandlerOptions): void

  /** Whether records are made and handled at all; while they are not, calls return at once. @throws TypeError */
  setEnabled(isEnabled: boolean): void
  /** The level from which records are let through. @throws TypeError or RangeError if it does not exist */
  setMinLevel(level: Level): void
  /**
   * The same for the instrumentation scopes that match a pattern. Of several, the one that was set last comes first,
   * and the first that matches counts.
   *
   * @throws TypeError or RangeError if the pattern is none, or the level does not exist.
   */
  setMinLevel(ns: NamePattern, level: Level): void
  /** The level where no pattern matches. */
  getMinLevel(): Level
  /** Which instrumentation scopes are let through; `undefined`: all. @throws TypeError or RangeError */
  setNsFilter(filter: NameFilter | undefined): void
  /**
   * Which event names are let through; `undefined`: all. A record without one has an empty name here.
   *
   * @throws TypeError or RangeError
   */
  setIdFilter(filter: NameFilter | undefined): void
  /** The filters that hold now. */
  getFilters(): FilterSettings
  /** Takes all filters away: what is left is the minimum level `info`. Those of handlers stay. */
  clearFilters(): void

  /** What became of the records so far, for each handler by its id. */
  getHandlerStats(): Record<string, HandlerStats>
  /**
   * Flushes all handlers at the same time. Resolves with a result for each id, when all records have left that were
   * emitted before the call, or the time is over. Rejects only if an option is wrong.
   *
   * @param options `timeoutMillis`: how long it may take. Default: 30000.
   */
  flushTelemetry(options?: { readonly timeoutMillis?: number }): Promise<Record<string, HandlerResult>>
  /**
   * Stops all handlers at the same time: what they hold is delivered first. Resolves with a result for each id; never
   * rejects. Handlers can be added again afterwards.
   */
  shutdownTelemetry(): Promise<Record<string, HandlerResult>>

  /**
   * The handlers as one processor, to be added to the `LoggerProvider` of an existing SDK. From the moment it is read,
   * the calls go to the global logger provider, as soon as there is one (or to `loggerProvider`, if that was given).
   */
  readonly processor: LogRecordProcessor
}

/** The instrumentation scope of calls that name none. */
const DEFAULT_SCOPE = 'otel-sluice'

/**
 * Makes a telemetry with handlers and settings of its own.
 *
 * @param clock for tests; the system's by default.
 * @throws TypeError or RangeError if an option is wrong, naming it.
 */
export function createTelemetry(options: TelemetryOptions = {}, clock: Clock = systemClock): Telemetry {
  const settings = telemetrySettings(options)
  const { filters } = settings
  const registry = new HandlerRegistry(clock)
  const captures = new SignalCaptures()
  const context = new ScopedContext()
  const processor = new HandlersProcessor(registry, filters, captures)
  const source = new LoggerSource(settings.loggerProvider, () => ownProvider(settings, processor))
  const errorHandlers = new ErrorHandlers()
  const reportOf = (what: string) =>
    new FailureReport(what, clock, undefined, (failure, now) =>
      errorHandlers.add(errorHandlers, { handler: undefined, ...failure }, now),
    )
  const failures = reportOf('a log call')
  const callFilter = new CallFilter(clock, reportOf('the condition (when) of a log call'))
  const emitter = new LogEmitter(source, settings.location, failures, context, callFilter)
  const surroundings = {
    clock,
    random: Math.random,
    leases: new TargetLeases(),
    errorHandlers,
    meterProvider: settings.meterProvider,
    exitSignals: false,
  }

  function addHandler(id: string, handler: HandlerTarget, handlerOptions: HandlerOptions = {}): void {
    registry.add(new Handler(id, handler, handlerOptions, surroundings))
  }

  /** On the export thread, unless the call that logs is to wait for each record, or there may be no thread. */
  function addLineHandler(id: string, lineOptions: LineHandlerOptions, lines: LineExporters): void {
    const { format, ...handlerOptions } = objectOption(lineOptions, 'options')
    const formatOption = format === undefined ? {} : { format }
    const addHere = () => addHandler(id, lines.here(formatOption), handlerOptions)
    if (handlerOptions.async === false) {
      addHere()
      return
    }
    try {
      addHandler(id, lines.onThread(formatOption), handlerOptions)
    } catch (error) {
      if (!(error instanceof ThreadsForbiddenError)) throw error
      diag.warn(`otel-sluice: handler ${JSON.stringify(id)} exports on this thread: there may be no other`)
      addHere()
    }
  }

  const telemetry: Telemetry = {
    ...createCalls(filters.gate(DEFAULT_SCOPE), emitter, DEFAULT_SCOPE, clock),
    logger(ns) {
      const scope = scopeName(ns, DEFAULT_SCOPE)
      return createCalls(filters.gate(scope), emitter, scope, clock)
    },
    withContext: (data, fn) => context.run(data, fn),
    setContext: (data) => context.setRoot(data),
    withSignals: (fn) => captures.run(fn),

    addHandler,
    removeHandler: (id) => registry.remove(id),
    clearHandlers: async () => {
      await registry.clear()
    },
    getHandlers: () => registry.settings(),
    ...createHandlerControl(registry, errorHandlers),

    addFileHandler(
      ...args: [path: string] | [id: string, path: string, options?: FileHandlerOptions | undefined]
    ) {
      // By their number: a path that is missing is a mistake, and its id no path.
      const [id, path, fileOptions = {}] = args.length === 1 ? ['file', ...args] : args
      const { rotate, ...lineOptions } = objectOption(fileOptions, 'options')
      addLineHandler(id, lineOptions, fileLines(path, rotate))
    },
    addStdoutHandler: (id = 'stdout', lineOptions = {}) => addLineHandler(id, lineOptions, STDOUT_LINES),
    addStderrHandler: (id = 'stderr', lineOptions = {}) => addLineHandler(id, lineOptions, STDERR_LINES),
    addOtlpHandler(id = 'otlp', otlpOptions = {}) {
      const { exporter = {}, ...handlerOptions } = objectOption(otlpOptions, 'options')
      addHandler(id, otlp(exporter), handlerOptions)
    },
    addLoggerHandler(id, logger, loggerOptions = {}) {
      const { shape, ...handlerOptions } = objectOption(loggerOptions, 'options')
      addHandler(id, mirrorTo(logger, shape), { ns: { disallow: BRIDGED_SCOPES }, ...handlerOptions })
    },

    setEnabled(isEnabled) {
      filters.isEnabled = booleanOption(isEnabled, 'isEnabled')
    },
    setMinLevel(first: unknown, level?: unknown) {
      if (level === undefined) filters.setMinLevel(levelOption(first, 'level'))
      else filters.setNsLevel(patternOption(first, 'ns'), levelOption(level, 'level'))
    },
    getMinLevel: () => filters.minLevel,
    setNsFilter: (filter) => filters.setNsFilter(optionalNameFilter(filter, 'nsFilter')),
    setIdFilter: (filter) => filters.setIdFilter(optionalNameFilter(filter, 'idFilter')),
    getFilters: () => filters.settings,
    clearFilters: () => filters.clear(),

    getHandlerStats: () => registry.stats(),
    ...createHealth(() => registry.stats()),
    async flushTelemetry({ timeoutMillis } = {}) {
      if (timeoutMillis !== undefined) {
        numberOption(timeoutMillis, { option: 'timeoutMillis', min: 0, max: MAX_MILLIS })
      }
      return registry.flush(timeoutMillis)
    },
    shutdownTelemetry: () => registry.clear(),

    configureProductionTelemetry(productionOptions = {}) {
      configureProduction(telemetry, productionOptions, () => {
        surroundings.exitSignals = true
      })
    },
    benchmarkTelemetryImpact: (fn, iterations) => measureImpact(createTelemetry, fn, iterations),

    get processor() {
      source.isAttached = true
      return processor
    },
  }
  return telemetry
}

/** The provider of a telemetry that stands alone. It is never shut down: handlers may be added again. */
function ownProvider(settings: TelemetrySettings, processor: LogRecordProcessor): SdkLoggerProvider {
  const { resource, logRecordLimits } = settings
  return new SdkLoggerProvider({
    processors: [processor],
    ...(resource !== undefined && { resource }),
    ...(logRecordLimits !== undefined && { logRecordLimits }),
  })
}
