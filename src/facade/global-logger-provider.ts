import * as api from '@opentelemetry/api'
import { apiGlobal } from './api-globals.js'
import { isLoggerProvider, type LoggerProvider } from './logger-provider.js'

/** Where `@opentelemetry/api-logs` keeps the global provider: a function that takes the version of the interface. */
const API_LOGS_KEY = Symbol.for('io.opentelemetry.js.api.logs')
const API_LOGS_VERSION = 1

/**
 * The logger provider that the application registered, through either line of the OpenTelemetry API; `undefined` while
 * there is none. If there is one of each, that of `@opentelemetry/api-logs`.
 *
 * It is read from where the APIs keep it, not asked for through them: they answer with a proxy when nothing is
 * registered, and which of their copies the application registers with is not ours to know.
 */
export function globalLoggerProvider(): LoggerProvider | undefined {
  return fromApiLogs() ?? fromApi()
}

/**
 * Registers the logger provider with both lines of the OpenTelemetry API, for who asks either. To be called only when
 * there is none.
 *
 * For `@opentelemetry/api-logs` it is put where that package keeps it, which may not be installed, or more than once.
 * For `@opentelemetry/api` the API does it, if it has logs: what it keeps has its version, too.
 */
export function setGlobalLoggerProvider(provider: LoggerProvider): void {
  Reflect.set(globalThis, API_LOGS_KEY, (version: unknown) =>
    version === API_LOGS_VERSION ? provider : NO_PROVIDER,
  )
  const logs: unknown = Reflect.get(api, 'logs')
  if (typeof logs !== 'object' || logs === null || !('setGlobalLoggerProvider' in logs)) return
  if (typeof logs.setGlobalLoggerProvider === 'function') logs.setGlobalLoggerProvider(provider)
}

/** For an API whose interface is another one. */
const NO_PROVIDER: LoggerProvider = { getLogger: () => ({ emit() {}, enabled: () => false }) }

function fromApiLogs(): LoggerProvider | undefined {
  const getter: unknown = Reflect.get(globalThis, API_LOGS_KEY)
  if (typeof getter !== 'function') return undefined
  const provider: unknown = getter(API_LOGS_VERSION)
  return isLoggerProvider(provider) ? provider : undefined
}

function fromApi(): LoggerProvider | undefined {
  const provider = apiGlobal('logs')
  return isLoggerProvider(provider) ? provider : undefined
}
