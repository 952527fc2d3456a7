import { resolve } from 'node:path'
import { choiceOption, numberOption, objectOption } from '../common/settings.js'
import { filePathOption } from '../exporters/file-target.js'
import type { OverflowMode } from '../processors/queue-stats.js'
import { BUFFER_SIZE, MODES } from './handler-options.js'
import { type Level, levelOption } from './level.js'
import { type NameFilter, nameFilterOption } from './name-filter.js'
import type { Telemetry } from './telemetry.js'

/** What `configureProductionTelemetry` can be told. */
export interface ProductionOptions {
  /** The level from which records are let through. Default: `info`. */
  readonly logLevel?: Level
  /** The file that all records go to; its folder is made. Default: `logs/app.log`. */
  readonly filePath?: string
  /** What a full queue of that file does. Default: `dropping`. */
  readonly asyncMode?: OverflowMode
  /** The most records that wait for that file, 1 to 16,777,216. Default: 2048. */
  readonly bufferSize?: number
  /** The instrumentation scopes that are let through. Default: all but `debug.*` and `test.*`. */
  readonly nsFilter?: NameFilter
}

/** The one call that sets a telemetry up for a service in production. */
export interface ProductionSetup {
  /**
   * Sets the telemetry up for a service in production, in place of the handlers and filters that it has: they are
   * taken away, and the handlers drain in the background. Then there are
   *
   * - `app-log`, a handler for the file, with two exports at a time;
   * - `errors`, a handler that writes records from level `error` on to stderr, and has callers wait, for a queue of 100,
   *   rather than drop one.
   *
   * What these handlers hold, and those that are added later, is delivered, too, when SIGTERM, SIGINT or SIGHUP ends
   * the process and the application does not listen for that.
   *
   * @throws TypeError or RangeError if an option is wrong, naming it, and then nothing is changed.
   */
  configureProductionTelemetry(options?: ProductionOptions): void
}

const DEFAULT_NS_FILTER: NameFilter = { disallow: ['debug.*', 'test.*'] }

type ConfiguredTelemetry = Pick<
  Telemetry,
  | 'addFileHandler'
  | 'addStderrHandler'
  | 'clearFilters'
  | 'clearHandlers'
  | 'log'
  | 'setMinLevel'
  | 'setNsFilter'
>

/** @param listenForSignals has the handlers that are added from now on deliver when a signal ends the process. */
export function configureProduction(
  telemetry: ConfiguredTelemetry,
  options: ProductionOptions,
  listenForSignals: () => void,
): void {
  const {
    logLevel = 'info',
    filePath = 'logs/app.log',
    asyncMode = 'dropping',
    bufferSize = 2048,
    nsFilter = DEFAULT_NS_FILTER,
  } = objectOption(options, 'options')
  const level = levelOption(logLevel, 'logLevel')
  // Here already, as it throws where the working directory is gone.
  const path = resolve(filePathOption(filePath, 'filePath'))
  const mode = choiceOption(asyncMode, 'asyncMode', MODES)
  numberOption(bufferSize, { ...BUFFER_SIZE, option: 'bufferSize' })
  nameFilterOption(nsFilter, 'nsFilter')

  void telemetry.clearHandlers()
  telemetry.clearFilters()
  telemetry.setMinLevel(level)
  telemetry.setNsFilter(nsFilter)
  listenForSignals()
  telemetry.addFileHandler('app-log', path, { async: { mode, bufferSize, nThreads: 2 } })
  telemetry.addStderrHandler('errors', {
    minLevel: 'error',
    async: { mode: 'blocking', bufferSize: 100, nThreads: 1 },
  })
  telemetry.log('info', 'Production telemetry configured', { asyncMode, bufferSize, logLevel })
}
