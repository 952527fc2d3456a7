import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { Filters } from './filters.js'
import type { Handler } from './handler.js'
import type { HandlerRegistry, HandlerResult } from './handler-registry.js'
import { nameInQuestion, type RecordName, recordName } from './record-name.js'
import type { SignalCaptures } from './signal-captures.js'

type EnabledOptions = Parameters<NonNullable<LogRecordProcessor['enabled']>>[0]

/**
 * The one processor that an SDK sees: hands each record that passes the filters to every handler whose own filter lets
 * it pass, wherever it comes from. It has no end: after `shutdown()`, handlers can be added again, and get what its
 * provider emits then.
 */
export class HandlersProcessor implements LogRecordProcessor {
  readonly #registry: HandlerRegistry
  readonly #filters: Filters
  readonly #captures: SignalCaptures

  constructor(registry: HandlerRegistry, filters: Filters, captures: SignalCaptures) {
    this.#registry = registry
    this.#filters = filters
    this.#captures = captures
  }

  /** Never throws: a handler's failure is its own, not that of the next handler, and not the caller's. */
  onEmit(...[record, context]: Parameters<LogRecordProcessor['onEmit']>): void {
    const name = recordName(record)
    if (!this.#passes(name)) return
    this.#captures.add(record)
    for (const handler of this.#registry.active) {
      try {
        const admitted = handler.filter.admit(record, name)
        // Read after the filter: it may have changed the handler.
        if (admitted !== undefined) handler.processor.onEmit(admitted, context)
      } catch (error) {
        handler.failures.add(error)
      }
    }
  }

  /** Whether any handler, or a test that captures all, may want such a record: draws no lots, counts for no limit. */
  enabled(options: EnabledOptions): boolean {
    const name = nameInQuestion(options)
    if (!this.#passes(name)) return false
    return this.#captures.isActive || this.#registry.active.some((handler) => wants(handler, name, options))
  }

  #passes({ rank, ns, id }: RecordName): boolean {
    return this.#filters.current?.allows(rank, ns, id) === true
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

function wants({ processor, filter, failures }: Handler, name: RecordName, options: EnabledOptions): boolean {
  if (!filter.wants(name)) return false
  try {
    return processor.enabled?.(options) ?? true
  } catch (error) {
    failures.add(error)
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
