import { globalLoggerProvider } from './global-logger-provider.js'
import type { Logger, LoggerProvider } from './logger-provider.js'

/** Finds the logger that a call goes to. */
export class LoggerSource {
  readonly #given: LoggerProvider | undefined
  readonly #createOwn: () => LoggerProvider
  #own: LoggerProvider | undefined
  /** Whether the telemetry is part of an SDK that the application set up, whose provider the calls go to then. */
  isAttached = false
  /** The loggers of `#provider`, by scope. */
  readonly #loggers = new Map<string, Logger>()
  #provider: LoggerProvider | undefined

  /** @param createOwn makes the provider of a telemetry that stands alone; called when there is a first call for it. */
  constructor(given: LoggerProvider | undefined, createOwn: () => LoggerProvider) {
    this.#given = given
    this.#createOwn = createOwn
  }

  logger(scope: string): Logger {
    const provider = this.#current()
    if (provider !== this.#provider) {
      this.#provider = provider
      this.#loggers.clear()
    }
    let logger = this.#loggers.get(scope)
    if (logger === undefined) {
      logger = provider.getLogger(scope)
      this.#loggers.set(scope, logger)
    }
    return logger
  }

  #current(): LoggerProvider {
    if (this.#given !== undefined) return this.#given
    // Until the application has registered its provider, its records would vanish there.
    const registered = this.isAttached ? globalLoggerProvider() : undefined
    if (registered !== undefined) return registered
    this.#own ??= this.#createOwn()
    return this.#own
  }
}
