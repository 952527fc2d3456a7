import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import { describe, objectOption, textOption } from '../common/settings.js'
import { RecentCount } from '../processors/recent-loss.js'
import {
  type Deliveries,
  type Delivery,
  deliveriesTo,
  type HandlerSurroundings,
  type HandlerTarget,
} from './deliveries.js'
import { FailureReport } from './failure-report.js'
import { HandlerFilter } from './handler-filter.js'
import { type HandlerFilterSettings, resolveHandlerFilter } from './handler-filter-options.js'
import {
  type AsyncOptions,
  changedOptions,
  DEFAULT_QUEUE,
  type HandlerChanges,
  type HandlerOptions,
  isSameQueue,
  resolveEnabled,
  resolveHandlerOptions,
} from './handler-options.js'
import { type DeliveryStats, type HandlerStats, handlerStats, sumOfStats } from './handler-stats.js'

/** How a handler is set up; `async` is absent for a processor of the application's, and so are filters that it lacks. */
export interface HandlerSettings extends HandlerFilterSettings {
  /** Whether it gets any records. */
  readonly enabled: boolean
  /** How its queue is; `false` if it has none. */
  readonly async?: false | Required<AsyncOptions>
}

type OwnSettings = Pick<HandlerSettings, 'enabled' | 'async'>

/**
 * A handler, under way: a filter, and behind it a way to the target. When its queue is to be another one, new records
 * go another way, while the one before drains to the same target.
 *
 * Its records are with `#delivery`, with those of `#retired`, which drain, and with those that have: of these, `#past`
 * is what they came to. Each is in one of the three, so that the sum of all is the handler's account.
 */
export class Handler {
  readonly id: string
  readonly failures: FailureReport
  readonly filter: HandlerFilter
  readonly #deliveries: Deliveries
  readonly #retired = new Set<Delivery>()
  #past: DeliveryStats | undefined
  /** What those lost in their last minute that have drained; it counts from their end. */
  readonly #recentErrors: RecentCount
  readonly #recentlyDropped: RecentCount
  #delivery: Delivery
  #options: HandlerOptions
  #settings: OwnSettings
  /** How its queue is, or was before it had none. */
  #queue = DEFAULT_QUEUE

  /** @throws TypeError or RangeError if the id, the target or an option is wrong. */
  constructor(id: string, target: HandlerTarget, options: HandlerOptions, surroundings: HandlerSurroundings) {
    this.id = textOption(id, 'id')
    this.#options = objectOption(options, 'options')
    const { clock, random, errorHandlers } = surroundings
    this.failures = new FailureReport(`handler ${JSON.stringify(id)}`, clock, undefined, (failure, now) =>
      errorHandlers.add(this, { handler: id, ...failure }, now),
    )
    // The delivery last: there is nothing to be let go of if an option is wrong.
    this.filter = new HandlerFilter(resolveHandlerFilter(options), this.failures, clock, random)
    this.#recentErrors = new RecentCount(clock)
    this.#recentlyDropped = new RecentCount(clock)
    this.#deliveries = deliveriesTo(target, id, this.failures, surroundings)
    this.#settings = this.#resolve(options, DEFAULT_QUEUE)
    this.#delivery = this.#open(this.#settings)
  }

  /** Where its records go now. To be read when there is a record: what its filters call may change it. */
  get processor(): LogRecordProcessor {
    return this.#delivery.processor
  }

  get settings(): HandlerSettings {
    return { ...this.#settings, ...this.filter.settings }
  }

  /**
   * All or nothing: where it throws, the handler is as it was.
   *
   * @returns the way that the records went so far, if they go another one from here on: it is to be retired.
   * @throws TypeError or RangeError if an option is wrong.
   */
  change(changes: HandlerChanges): Delivery | undefined {
    const options = changedOptions(this.#options, objectOption(changes, 'options'))
    const isReset = 'async' in changes && changes.async === undefined
    const settings = this.#resolve(options, isReset ? DEFAULT_QUEUE : this.#queue)
    const filter = resolveHandlerFilter(options)
    const { async = false } = settings
    const replaced = isSameQueue(async, this.#settings.async ?? false) ? undefined : this.#delivery
    if (replaced !== undefined) this.#delivery = this.#open(settings)
    this.filter.change(filter)
    this.#options = settings.async === undefined ? options : { ...options, async }
    this.#settings = settings
    return replaced
  }

  /** Shuts a way down that records went before, once those on it have arrived. */
  async retire(delivery: Delivery): Promise<void> {
    this.#retired.add(delivery)
    try {
      await delivery.processor.shutdown()
    } finally {
      const stats = delivery.stats()
      this.#recentErrors.add(stats.recent.errors)
      this.#recentlyDropped.add(stats.recent.dropped)
      const past = { ...stats, recent: { errors: 0, dropped: 0 } }
      this.#past = this.#past === undefined ? past : sumOfStats(this.#past, past)
      this.#retired.delete(delivery)
    }
  }

  /** Includes the ways that are being retired. @throws what one of them rejects with */
  async forceFlush(options: { timeoutMillis: number }): Promise<void> {
    await allSettled(this.#ways().map(({ processor }) => processor.forceFlush(options)))
  }

  /** Includes the ways that are being retired. @throws what one of them rejects with */
  async shutdown(): Promise<void> {
    await allSettled(this.#ways().map(({ processor }) => processor.shutdown()))
  }

  stats(): HandlerStats {
    const before = [...this.#retired].map((delivery) => delivery.stats())
    const past = this.#past === undefined ? before : [this.#past, ...before]
    const sum = [...past, this.#delivery.stats()].reduce(sumOfStats)
    const recent = {
      errors: sum.recent.errors + this.#recentErrors.sum,
      dropped: sum.recent.dropped + this.#recentlyDropped.sum,
    }
    return handlerStats({ ...sum, recent }, this.filter)
  }

  #ways(): Delivery[] {
    return [...this.#retired, this.#delivery]
  }

  #resolve(options: HandlerOptions, queue: Required<AsyncOptions>): OwnSettings {
    const { asyncByDefault } = this.#deliveries
    if (asyncByDefault !== undefined) return resolveHandlerOptions(options, asyncByDefault, queue)
    if (options.async === undefined) return { enabled: resolveEnabled(options) }
    throw new TypeError(
      `async cannot be given for a processor, got ${describe(options.async)}: a processor is used as it is. Leave it ` +
        'out, or add the exporter as the handler',
    )
  }

  #open({ async = false }: OwnSettings): Delivery {
    const delivery = this.#deliveries.open(async)
    if (async !== false) this.#queue = async
    return delivery
  }
}

/** Waits for all, whatever becomes of others. @throws the only error, or an AggregateError */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '))
}
