import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { Gate } from './gate.js'
import type { Handler } from './handler.js'
import type { HandlerRegistry, HandlerResult } from './handler-registry.js'
import type { SignalCaptures } from './signal-captures.js'

/**
 * The one processor that an SDK sees: hands each record to every handler. It has no end: after `shutdown()`, handlers
 * can be added again, and get what its provider emits then.
 */
export class HandlersProcessor implements LogRecordProcessor {
  readonly #registry: HandlerRegistry
  readonly #gate: Gate
  readonly #captures: SignalCaptures

  constructor(registry: HandlerRegistry, gate: Gate, captures: SignalCaptures) {
    this.#registry = registry
    this.#gate = gate
    this.#captures = captures
  }

  /** Never throws: a handler's failure is its own, not that of the next handler, and not the caller's. */
  onEmit(...args: Parameters<LogRecordProcessor['onEmit']>): void {
    if (!this.#gate.isEnabled) return
    this.#captures.add(args[0])
    for (const handler of this.#registry.active) {
      try {
        handler.processor.onEmit(...args)
      } catch (error) {
        handler.failures.add(error)
      }
    }
  }

  /** Whether any handler wants such a record, or a test that captures all. */
  enabled(options: Parameters<NonNullable<LogRecordProcessor['enabled']>>[0]): boolean {
    if (!this.#gate.isEnabled) return false
    return this.#captures.isActive || this.#registry.active.some((handler) => wants(handler, options))
  }

  /** @throws AggregateError if handlers could not be flushed in time, with an error for each. */
  async forceFlush(options?: { timeoutMillis?: number }): Promise<void> {
    throwFailures(await this.#registry.flush(options?.timeoutMillis), 'flush')
  }

  /** Stops all handlers. @throws AggregateError if some of them failed to deliver records, with an error for each. */
  async shutdown(): Promise<void> {
    throwFailures(await this.#registry.clear(), 'shut down')
  }
}

function wants(
  handler: Handler,
  options: Parameters<NonNullable<LogRecordProcessor['enabled']>>[0],
): boolean {
  try {
    return handler.processor.enabled?.(options) ?? true
  } catch (error) {
    handler.failures.add(error)
    return true
  }
}

function throwFailures(results: Record<string, HandlerResult>, what: string): void {
  const failures = Object.entries(results).flatMap(([id, result]) =>
    result.ok ? [] : [[id, result.error] as const],
  )
  if (failures.length === 0) return
  const ids = failures.map(([id]) => JSON.stringify(id)).join(', ')
  throw new AggregateError(
    failures.map(([, error]) => error),
    `failed to ${what} the handlers ${ids}`,
  )
}
