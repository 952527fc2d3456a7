import { processWide } from '../common/process-wide.js'
import { createTelemetry, type Telemetry } from './telemetry.js'

/**
 * The telemetry of the process: the bare functions below are its methods. All copies of the package share it, and so do
 * its ES module and CommonJS doors. The number is that of the interface `Telemetry`, and goes up with any change to it.
 */
export const telemetry: Telemetry = processWide('default-telemetry/3', () => createTelemetry())

export const {
  log,
  event,
  error,
  trace,
  spy,
  catchToError,
  signal,
  logger,
  withContext,
  setContext,
  withSignals,
  addHandler,
  removeHandler,
  clearHandlers,
  getHandlers,
  setHandlerOptions,
  setAsync,
  compareHandlers,
  setErrorHandler,
  addFileHandler,
  addStdoutHandler,
  addStderrHandler,
  addOtlpHandler,
  addLoggerHandler,
  setEnabled,
  isEnabled,
  setMinLevel,
  getMinLevel,
  setNsFilter,
  setIdFilter,
  getFilters,
  clearFilters,
  getHandlerStats,
  getHandlerHealth,
  detectBackpressure,
  flushTelemetry,
  shutdownTelemetry,
  configureProductionTelemetry,
  benchmarkTelemetryImpact,
} = telemetry
