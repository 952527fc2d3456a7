import {
  type Attributes,
  type BatchObservableResult,
  diag,
  type Meter,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api'
import type { LossReporter } from './loss-reporter.js'
import type { QueueStats } from './queue-stats.js'

/** A processor as its metrics see it: what it is, and its counts, read when metrics are collected and only then. */
export interface MetricSource {
  readonly type: string
  readonly name: string
  readonly loss: Pick<LossReporter, 'episodes'>
  stats(): QueueStats
  /** The part of `failed` that was never handed to the exporter. */
  readonly abandoned: number
}

/** How often the global meter provider is looked at again, in milliseconds. */
const LOOK_MILLIS = 1_000

const METER_NAME = 'otel-sluice'

/** Totals that only grow, by metric and then by `error.type` ('' for none). */
interface Totals {
  readonly mode: QueueStats['mode']
  readonly processed: Map<string, number>
  blockedSeconds: number
  episodes: number
}

/**
 * The metrics of all processors that publish to one meter provider (semantic conventions for SDK metrics, in
 * development). Counts are observed from the processors' own, so the way of a record pays nothing for them.
 *
 * A processor that is gone leaves its totals here, under its name: loss at shutdown is still collected, and one that
 * takes its place goes on from there, so a counter never falls.
 */
class MetricsGroup {
  readonly #live = new Set<MetricSource>()
  readonly #gone = new Map<string, { readonly attributes: Attributes; readonly totals: Totals }>()
  #detach: () => void = () => undefined

  get isIdle(): boolean {
    return this.#live.size === 0
  }

  add(source: MetricSource): void {
    this.#live.add(source)
  }

  remove(source: MetricSource): void {
    if (!this.#live.delete(source)) return
    const [key, attributes] = identity(source)
    const before = this.#gone.get(key)?.totals
    this.#gone.set(key, { attributes, totals: sum(before, totals(source)) })
  }

  /** Publishes to a meter provider, instead of the one before. */
  attach(meterProvider: MeterProvider): void {
    this.#detach()
    this.#detach = () => undefined
    try {
      const meter = meterProvider.getMeter(METER_NAME)
      const instruments = createInstruments(meter)
      const all = Object.values(instruments)
      const observe = (result: BatchObservableResult) => this.#observe(result, instruments)
      meter.addBatchObservableCallback(observe, all)
      this.#detach = () => meter.removeBatchObservableCallback(observe, all)
    } catch (error) {
      diag.error('otel-sluice: the meter provider takes no metrics', error)
    }
  }

  #observe(result: BatchObservableResult, instruments: Instruments): void {
    const all = new Map(this.#gone)
    const depths = new Map<string, { readonly attributes: Attributes; size: number; capacity: number }>()
    for (const source of this.#live) {
      const [key, attributes] = identity(source)
      all.set(key, { attributes, totals: sum(all.get(key)?.totals, totals(source)) })
      const { queueSize, capacity } = source.stats()
      const depth = depths.get(key) ?? { attributes, size: 0, capacity: 0 }
      depths.set(key, { attributes, size: depth.size + queueSize, capacity: depth.capacity + capacity })
    }
    for (const { attributes, size, capacity } of depths.values()) {
      result.observe(instruments.queueSize, size, attributes)
      result.observe(instruments.queueCapacity, capacity, attributes)
    }
    for (const { attributes, totals } of all.values()) {
      for (const [error, count] of totals.processed) {
        result.observe(
          instruments.processed,
          count,
          error === '' ? attributes : { ...attributes, 'error.type': error },
        )
      }
      result.observe(instruments.blockedTime, totals.blockedSeconds, attributes)
      result.observe(instruments.lossEpisodes, totals.episodes, attributes)
    }
  }
}

type Instruments = ReturnType<typeof createInstruments>

function createInstruments(meter: Meter) {
  return {
    queueSize: meter.createObservableUpDownCounter('otel.sdk.processor.log.queue.size', {
      description: 'The number of log records in the queue of a processor.',
      unit: '{log_record}',
    }),
    queueCapacity: meter.createObservableUpDownCounter('otel.sdk.processor.log.queue.capacity', {
      description: 'The most log records the queue of a processor can hold.',
      unit: '{log_record}',
    }),
    processed: meter.createObservableCounter('otel.sdk.processor.log.processed', {
      description: 'Log records handed to the exporter, or dropped: then error.type says why.',
      unit: '{log_record}',
    }),
    blockedTime: meter.createObservableCounter('sluice.processor.blocked.time', {
      description: 'How long callers have waited for room in the queue.',
      unit: 's',
    }),
    lossEpisodes: meter.createObservableCounter('sluice.loss.episodes', {
      description: 'Episodes in which a processor lost log records.',
      unit: '{episode}',
    }),
  }
}

function identity(source: MetricSource): [key: string, attributes: Attributes] {
  const { mode } = source.stats()
  const attributes = {
    'otel.component.type': source.type,
    'otel.component.name': source.name,
    'sluice.mode': mode,
  }
  return [JSON.stringify(attributes), attributes]
}

function totals(source: MetricSource): Totals {
  const { mode, exported, failed, inFlight, dropped, blockedMillis } = source.stats()
  const processed = new Map<string, number>([['', exported + failed - source.abandoned + inFlight]])
  for (const [reason, count] of Object.entries(dropped)) if (count > 0) processed.set(reason, count)
  if (source.abandoned > 0) processed.set('shutdown_timeout', source.abandoned)
  return { mode, processed, blockedSeconds: blockedMillis / 1_000, episodes: source.loss.episodes }
}

function sum(a: Totals | undefined, b: Totals): Totals {
  if (a === undefined) return b
  const processed = new Map(a.processed)
  for (const [error, count] of b.processed) processed.set(error, (processed.get(error) ?? 0) + count)
  return {
    mode: b.mode,
    processed,
    blockedSeconds: a.blockedSeconds + b.blockedSeconds,
    episodes: a.episodes + b.episodes,
  }
}

/**
 * The group that publishes to the global meter provider. The metrics API has no proxy, so what was made before a
 * provider was registered stays dead: the global one is looked at again, now and then, and followed when it changes.
 */
class GlobalMetricsGroup extends MetricsGroup {
  #followed: MeterProvider | undefined
  #timer: NodeJS.Timeout | undefined

  override add(source: MetricSource): void {
    super.add(source)
    this.lookAgain()
    this.#timer ??= setInterval(() => this.lookAgain(), LOOK_MILLIS).unref()
  }

  override remove(source: MetricSource): void {
    super.remove(source)
    if (!this.isIdle) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  lookAgain(): void {
    const current = metrics.getMeterProvider()
    if (current === this.#followed) return
    this.#followed = current
    this.attach(current)
  }
}

const globalGroup = new GlobalMetricsGroup()
const groups = new WeakMap<MeterProvider, MetricsGroup>()

/** The metrics of one processor, from construction to shutdown. */
export interface ProcessorMetrics {
  /** Notices a global meter provider that was registered meanwhile. */
  lookAgain(): void
  stop(): void
}

/** Publishes a processor's metrics, to the global meter provider unless one is given. Never throws. */
export function publishMetrics(
  source: MetricSource,
  meterProvider: MeterProvider | undefined,
): ProcessorMetrics {
  if (meterProvider === undefined) {
    globalGroup.add(source)
    return { lookAgain: () => globalGroup.lookAgain(), stop: () => globalGroup.remove(source) }
  }
  let group = groups.get(meterProvider)
  if (group === undefined) {
    group = new MetricsGroup()
    group.attach(meterProvider)
    groups.set(meterProvider, group)
  }
  group.add(source)
  const ownGroup = group
  return { lookAgain: () => undefined, stop: () => ownGroup.remove(source) }
}
