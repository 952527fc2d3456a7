import { numberOption, objectOption } from '../common/settings.js'
import type { HandlerStats } from './handler-stats.js'

/** What `getHandlerHealth` can be told. */
export interface HealthOptions {
  /** The errors in the last 60 seconds from which on a handler is not healthy. Default: 10. */
  readonly errorThreshold?: number
}

/** How the handlers are. */
export interface HandlerHealth {
  /** Whether every handler had fewer errors than the threshold in the last 60 seconds. */
  readonly healthy: boolean
  /** Records that the handlers accepted so far. */
  readonly totalQueued: number
  /** Records that the handlers dropped so far. */
  readonly totalDropped: number
  /** How many handlers there are. */
  readonly handlers: number
  /** The statistics of each, by its id. */
  readonly details: Readonly<Record<string, HandlerStats>>
}

/** What `detectBackpressure` can be told. */
export interface BackpressureOptions {
  /** More dropped records in the last 60 seconds than this are back-pressure. Default: 100. */
  readonly dropThreshold?: number
  /** A queue that is full to this part of its capacity, or further, is back-pressure. From 0 to 1. Default: 0.8. */
  readonly depthThreshold?: number
}

/** Whether handlers are slower than what they are to handle. */
export interface Backpressure {
  /** Whether any is. */
  readonly backpressure: boolean
  /** How many handlers dropped more records than the threshold in the last 60 seconds. */
  readonly highDrops: number
  /** How many handlers have a queue that is as full as the threshold now. */
  readonly highQueue: number
  /** What to do about it. */
  readonly recommendation: string
}

/** How the handlers of a telemetry are: judged by the last 60 seconds and the queues as they are now, so both recover. */
export interface TelemetryHealth {
  /**
   * Whether the handlers work: none had too many errors in the last 60 seconds.
   *
   * @throws TypeError or RangeError if an option is wrong, naming it.
   */
  getHandlerHealth(options?: HealthOptions): HandlerHealth
  /**
   * Whether handlers cannot keep up: they dropped too much in the last 60 seconds, or their queues are nearly full now.
   *
   * @throws TypeError or RangeError if an option is wrong, naming it.
   */
  detectBackpressure(options?: BackpressureOptions): Backpressure
}

/** @param read the statistics of the handlers now. */
export function createHealth(read: () => Record<string, HandlerStats>): TelemetryHealth {
  return {
    getHandlerHealth(options = {}) {
      const { errorThreshold = 10 } = objectOption(options, 'options')
      const threshold = countOption(errorThreshold, 'errorThreshold')
      const details = read()
      const stats = Object.values(details)
      return {
        healthy: stats.every(({ recent }) => recent.errors < threshold),
        totalQueued: stats.reduce((sum, { queued }) => sum + queued, 0),
        totalDropped: stats.reduce((sum, { dropped }) => sum + dropped, 0),
        handlers: stats.length,
        details,
      }
    },

    detectBackpressure(options = {}) {
      const { dropThreshold = 100, depthThreshold = 0.8 } = objectOption(options, 'options')
      const drops = countOption(dropThreshold, 'dropThreshold')
      const depth = numberOption(depthThreshold, {
        option: 'depthThreshold',
        min: 0,
        max: 1,
        fractions: true,
      })
      const stats = Object.values(read())
      const highDrops = stats.filter(({ recent }) => recent.dropped > drops).length
      const highQueue = stats.filter((queue) => isDeep(queue, depth)).length
      return {
        backpressure: highDrops > 0 || highQueue > 0,
        highDrops,
        highQueue,
        recommendation: recommendationFor(highDrops, highQueue),
      }
    },
  }
}

function isDeep({ queueSize, capacity }: HandlerStats, depthThreshold: number): boolean {
  return queueSize > 0 && queueSize >= depthThreshold * capacity
}

function recommendationFor(highDrops: number, highQueue: number): string {
  if (highDrops > 0) return 'Increase buffer sizes or reduce signal volume'
  if (highQueue > 0) return 'Add more processing threads'
  return 'No back-pressure detected'
}

function countOption(value: unknown, option: string): number {
  return numberOption(value, { option, min: 0, max: Number.MAX_SAFE_INTEGER })
}
