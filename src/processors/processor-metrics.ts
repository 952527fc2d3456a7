import {
  type Attributes,
  type BatchObservableResult,
  diag,
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api'
import { createInstruments, type Measurement, type ObservedMetric } from './instruments.js'

/** A processor as its metrics see it; it is asked when metrics are collected, and only then. */
export interface MetricSource {
  /** Which processors are one and the same in the metrics: those that have this in common. */
  readonly identity: string
  measure(): readonly Measurement[]
  /** How long exports took that came to an end since the last time, in seconds, with their attributes. */
  takeDurations(): readonly { readonly seconds: number; readonly attributes: Attributes }[]
  /** What `measure` is to be once the processor is gone: it must not keep what the processor held. */
  last(): () => readonly Measurement[]
}

/** How often the global meter provider is looked at again, in milliseconds. */
const LOOK_MILLIS = 1_000

const METER_NAME = 'otel-sluice'

/** The last processor of an identity that is gone, and what those before it came to. */
interface Gone {
  measure(): readonly Measurement[]
  readonly before: readonly Measurement[]
}

/**
 * The metrics of all processors that publish to one meter provider (semantic conventions for SDK metrics, in
 * development). Counts are observed from the processors' own, so the way of a record pays nothing for them.
 *
 * A processor that is gone leaves its counts here: what it dropped at shutdown and drops since is still collected, and
 * one that takes its place goes on from there, so a counter never falls.
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
    const predecessor = this.#gone.get(source.identity)
    const before = predecessor === undefined ? [] : sum([...predecessor.before, ...predecessor.measure()])
    this.#gone.set(source.identity, { measure: source.last(), before })
  }

  /** Publishes to a meter provider, instead of the one before. */
  attach(meterProvider: MeterProvider): void {
    this.#detach()
    this.#detach = () => undefined
    try {
      this.#publish(meterProvider.getMeter(METER_NAME))
    } catch (error) {
      diag.error('otel-sluice: the meter provider takes no metrics', error)
    }
  }

  #publish(meter: Meter): void {
    const { observed, duration } = createInstruments(meter)
    const instruments = Object.values(observed)
    const observe = (result: BatchObservableResult) => {
      for (const { metric, value, attributes } of this.#measure()) {
        result.observe(observed[metric], value, attributes)
      }
      this.#record(duration)
    }
    meter.addBatchObservableCallback(observe, instruments)
    this.#detach = () => meter.removeBatchObservableCallback(observe, instruments)
  }

  #measure(): readonly Measurement[] {
    const gone = [...this.#gone.values()].flatMap(({ measure, before }) => [...before, ...measure()])
    return sum([...gone, ...[...this.#live].flatMap((source) => source.measure())])
  }

  #record(duration: Histogram): void {
    for (const source of this.#live) {
      for (const { seconds, attributes } of source.takeDurations()) duration.record(seconds, attributes)
    }
  }
}

/** One measurement for each metric and its attributes. */
function sum(measurements: readonly Measurement[]): Measurement[] {
  const sums = new Map<string, { metric: ObservedMetric; value: number; attributes: Attributes }>()
  for (const { metric, value, attributes } of measurements) {
    const key = JSON.stringify([metric, attributes])
    const same = sums.get(key)
    if (same === undefined) sums.set(key, { metric, value, attributes })
    else same.value += value
  }
  return [...sums.values()]
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
