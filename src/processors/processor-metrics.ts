import {
  type Attributes,
  type BatchObservableResult,
  diag,
  type Meter,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api'
import type { ChannelCounts } from './channel.js'
import type { Ledger } from './ledger.js'
import type { QueueStats } from './queue-stats.js'

/** What a processor has counted. */
interface MetricCounts {
  /** It goes on after shutdown: records are still dropped then. */
  readonly ledger: Readonly<Ledger>
  readonly channel: ChannelCounts
  readonly episodes: number
}

/** A processor as its metrics see it: what it is, and its counts, read when metrics are collected and only then. */
export interface MetricSource {
  readonly type: string
  readonly name: string
  readonly mode: QueueStats['mode']
  readonly capacity: number
  counts(): MetricCounts
}

/** How often the global meter provider is looked at again, in milliseconds. */
const LOOK_MILLIS = 1_000

const METER_NAME = 'otel-sluice'

/** Totals that only grow, by metric and then by `error.type` ('' for none). */
interface Totals {
  readonly processed: Map<string, number>
  blockedSeconds: number
  episodes: number
}

/** What is observed of all processors of one name. */
interface Series {
  readonly attributes: Attributes
  readonly totals: Totals
  readonly size: number
  readonly capacity: number
}

/** The last processor of a name that is gone, and what those before it came to. It keeps nothing of it but counts. */
interface Gone {
  readonly attributes: Attributes
  readonly counts: MetricCounts
  readonly before: Totals | undefined
}

/**
 * The metrics of all processors that publish to one meter provider (semantic conventions for SDK metrics, in
 * development). Counts are observed from the processors' own, so the way of a record pays nothing for them.
 *
 * A processor that is gone leaves its counts here, under its name: what it dropped at shutdown and drops since is still
 * collected, and one that takes its place goes on from there, so a counter never falls.
 */
class MetricsGroup {
  readonly #live = new Set<MetricSource>()
  readonly #gone = new Map<string, Gone>()
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
    const predecessor = this.#gone.get(key)
    this.#gone.set(key, {
      attributes,
      counts: source.counts(),
      before: predecessor && totalsOfGone(predecessor),
    })
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
    const all = new Map<string, Series>()
    for (const [key, gone] of this.#gone) {
      // Observed as empty, since what nobody observes keeps its last value.
      all.set(key, { attributes: gone.attributes, totals: totalsOfGone(gone), size: 0, capacity: 0 })
    }
    for (const source of this.#live) {
      const [key, attributes] = identity(source)
      const others = all.get(key)
      const counts = source.counts()
      all.set(key, {
        attributes,
        totals: sum(others?.totals, totals(counts)),
        size: (others?.size ?? 0) + counts.channel.queueSize,
        capacity: (others?.capacity ?? 0) + source.capacity,
      })
    }
    for (const { attributes, totals, size, capacity } of all.values()) {
      result.observe(instruments.queueSize, size, attributes)
      result.observe(instruments.queueCapacity, capacity, attributes)
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
  const attributes = {
    'otel.component.type': source.type,
    'otel.component.name': source.name,
    'sluice.mode': source.mode,
  }
  return [JSON.stringify(attributes), attributes]
}

function totals({ ledger, channel, episodes }: MetricCounts): Totals {
  const { dropped, blockedMillis } = ledger
  const { exported, failed, abandoned, inFlight } = channel
  const processed = new Map<string, number>([['', exported + failed - abandoned + inFlight]])
  for (const [reason, count] of Object.entries(dropped)) if (count > 0) processed.set(reason, count)
  if (abandoned > 0) processed.set('shutdown_timeout', abandoned)
  return { processed, blockedSeconds: blockedMillis / 1_000, episodes }
}

function totalsOfGone({ before, counts }: Gone): Totals {
  return sum(before, totals(counts))
}

function sum(a: Totals | undefined, b: Totals): Totals {
  if (a === undefined) return b
  const processed = new Map(a.processed)
  for (const [error, count] of b.processed) processed.set(error, (processed.get(error) ?? 0) + count)
  return {
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
