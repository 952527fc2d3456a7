import { functionOption } from '../common/settings.js'
import { type MinLevel, minLevelOption } from './level-filter.js'
import { type NameFilter, type NameFilterSettings, optionalNameFilter } from './name-filter.js'
import { type Limit, limitOption } from './rate-limit.js'
import { RecordFilter } from './record-filter.js'
import { sampleOption } from './sample.js'
import type { Signal } from './signal.js'

/**
 * Which records a handler gets of those that the telemetry lets through, and what of them. Asked in this order; what
 * one of them refuses, the next ones never see.
 */
export interface HandlerFilterOptions {
  /** The level from which it gets records: one, or one for each pattern of scopes. Default: all levels. */
  readonly minLevel?: MinLevel
  /** The instrumentation scopes it gets records of. Default: all. */
  readonly ns?: NameFilter
  /** The event names it gets records of; a record without one has an empty name here. Default: all records. */
  readonly id?: NameFilter
  /** The part of the records it gets, from 0 to 1, drawn by lot. Default: 1. */
  readonly sample?: number
  /** Whether it gets this record. If it throws, it does not. Default: yes. */
  readonly when?: (signal: Signal) => boolean
  /** How many records it gets in how many milliseconds: `[[5, 60_000], [10, 900_000]]`. Default: no limit. */
  readonly limit?: Limit
  /**
   * What it gets instead of the record: of what it returns, `level`, `id`, `message` and `data` count. With `null`, or
   * if it throws, it does not get the record. The signal's values are its own, and may be changed in place. Nothing of
   * that is seen by other handlers.
   */
  readonly transform?: (signal: Signal) => Signal | null
}

/** A handler's filters as they are told back. */
export interface HandlerFilterSettings extends HandlerFilterOptions {
  /** The instrumentation scopes it gets records of. */
  readonly ns?: NameFilterSettings
  /** The event names it gets records of. */
  readonly id?: NameFilterSettings
}

/** A handler's filters, checked and compiled. */
export interface ResolvedHandlerFilter {
  readonly settings: HandlerFilterSettings
  /** What decides by level, scope and event name; absent if nothing does. */
  readonly names?: RecordFilter
}

/** @throws TypeError or RangeError if one is wrong. */
export function resolveHandlerFilter(options: HandlerFilterOptions): ResolvedHandlerFilter {
  const { minLevel, sample, when, limit, transform } = options
  const levels = minLevel === undefined ? undefined : minLevelOption(minLevel, 'minLevel')
  const ns = optionalNameFilter(options.ns, 'ns')
  const id = optionalNameFilter(options.id, 'id')
  return {
    settings: {
      ...(levels && { minLevel: levels.minLevel ?? levels.nsLevels }),
      ...(ns && { ns: ns.settings }),
      ...(id && { id: id.settings }),
      ...(sample !== undefined && { sample: sampleOption(sample, 'sample') }),
      ...(when !== undefined && { when: functionOption(when, 'when') }),
      ...(limit !== undefined && { limit: limitOption(limit, 'limit') }),
      ...(transform !== undefined && { transform: functionOption(transform, 'transform') }),
    },
    ...((levels ?? ns ?? id) && { names: new RecordFilter({ levels, ns, id }) }),
  }
}
