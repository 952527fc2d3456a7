import type { ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import { AnyValueCopier } from '../common/any-value.js'
import { isThenable } from '../common/thenable.js'
import { ChangedLogRecord } from './changed-log-record.js'
import { dataAttributes } from './data-attributes.js'
import { isLevel, severityOf } from './level.js'
import { readable } from './readable.js'
import { withSampleRate } from './sample.js'
import { type Signal, signalOf } from './signal.js'

/** Makes of a signal what a handler gets instead; nothing, if it returns `null`. */
export type Transform = (signal: Signal) => Signal | null

/**
 * What a handler gets of a record. The transform has a copy of its own, so that changing it in place changes nothing
 * for others.
 *
 * @param sample the rate the record was sampled with; it is told on what comes of it, whatever the transform does.
 * @returns `undefined` if that is nothing.
 * @throws whatever the transform throws, and if it returns no signal.
 */
export function transformed(
  record: ReadWriteLogRecord,
  transform: Transform,
  sample: number,
): ReadWriteLogRecord | undefined {
  const copier = new AnyValueCopier()
  const [message, data] = [copier.copy(record.body), copier.copyAttributes(record.attributes)]
  const original = signalOf(record, sample)
  const result: unknown = transform({ ...original, message, data })
  if (result === null) return undefined
  const fields = fieldsOf(result)
  const attributes = fields.data === data ? data : dataAttributes(fields.data)
  const changed = new ChangedLogRecord(record, withSampleRate(attributes, sample))
  changed.setBody(fields.message === message ? message : readable(fields.message))
  if (fields.id === undefined) delete changed.eventName
  else changed.setEventName(String(fields.id))
  if (fields.level !== original.level) setLevel(changed, fields.level)
  return changed
}

interface Fields {
  readonly level?: unknown
  readonly id?: unknown
  readonly message?: unknown
  readonly data?: unknown
}

function fieldsOf(result: unknown): Fields {
  if (isThenable(result)) {
    // What it rejects with must not end the process.
    Promise.resolve(result).catch(() => undefined)
    throw new TypeError('transform must return a signal or null, got a promise: nobody can wait for it')
  }
  if (typeof result === 'object' && result !== null) return result
  throw new TypeError(`transform must return a signal or null, got ${typeof result}`)
}

/** A level that does not exist leaves the record the one that it has. */
function setLevel(record: ReadWriteLogRecord, level: unknown): void {
  if (!isLevel(level)) return
  const { severityNumber, severityText } = severityOf(level)
  record.setSeverityNumber(severityNumber)
  if (severityText !== undefined) record.setSeverityText(severityText)
  else delete record.severityText
}
