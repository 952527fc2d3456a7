import type { HrTime } from '@opentelemetry/api'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { AnyValue, Attributes } from '../common/any-value.js'
import { LEVEL_NAMES, type LevelName, nameOfSeverity } from './level.js'
import { sampleRateOf } from './sample.js'

/**
 * A log record as a handler function sees it: to be read, and not changed, since other handlers may see the same
 * values. It may come from a call of the facade, or from anything else that logs through the same provider.
 */
export interface Signal {
  /** When it happened, in milliseconds since the epoch; finer than one if the source is. */
  readonly timestamp: number
  /** When it was recorded, in milliseconds since the epoch. */
  readonly observedTimestamp: number
  /** Its level's name, or the name for the range its severity number is in; `undefined` without either. */
  readonly level: LevelName | undefined
  /** 1 to 24 (logs data model, "SeverityNumber"); `undefined` without one. */
  readonly severityNumber: number | undefined
  /** The instrumentation scope's name. */
  readonly ns: string
  /** The event's name; `undefined` if it is no event. */
  readonly id: string | undefined
  /** The record's body; `undefined` without one. */
  readonly message: AnyValue
  /** The record's attributes. */
  readonly data: Readonly<Attributes>
  /** The part of such signals that was kept, from 0 to 1: all rates it was sampled with, multiplied. 1 if it was not. */
  readonly sample: number
  /** The trace it belongs to, as 32 hexadecimal digits; `undefined` outside of one, as are the next two. */
  readonly traceId: string | undefined
  /** The span it belongs to, as 16 hexadecimal digits. */
  readonly spanId: string | undefined
  /** Whether that trace is sampled, in bit 0. */
  readonly traceFlags: number | undefined
  /** The attributes of the resource: what the record comes from. */
  readonly resource: ReadableLogRecord['resource']['attributes']
}

/**
 * A log record as a signal. The values in it are shared, not copied.
 *
 * @param sample the rate it was sampled with; what its attributes say unless it is told.
 */
export function signalOf(record: ReadableLogRecord, sample = sampleRateOf(record.attributes)): Signal {
  const { spanContext } = record
  return Object.freeze({
    timestamp: millisOf(record.hrTime),
    observedTimestamp: millisOf(record.hrTimeObserved),
    level: levelOf(record),
    severityNumber: record.severityNumber,
    ns: record.instrumentationScope.name,
    id: record.eventName,
    message: record.body,
    data: record.attributes,
    sample,
    traceId: spanContext?.traceId,
    spanId: spanContext?.spanId,
    traceFlags: spanContext?.traceFlags,
    resource: record.resource.attributes,
  })
}

/** By name first: a report's number is that of an INFO4. */
function levelOf({ severityText, severityNumber }: ReadableLogRecord): LevelName | undefined {
  return LEVEL_NAMES.find((name) => name === severityText) ?? nameOfSeverity(severityNumber)
}

function millisOf([seconds, nanoseconds]: HrTime): number {
  return seconds * 1e3 + nanoseconds / 1e6
}
