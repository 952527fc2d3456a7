import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'

/** A record as it is apart from what it belongs to. */
export type LossFields = Omit<ReadableLogRecord, 'resource' | 'instrumentationScope'>

/** The scope of all these records. */
export const LOSS_SCOPE = { name: 'otel-sluice' }
const SEVERITY_WARN = 13
const COUNT = 'sluice.loss.count'

/** The record that stands in the stream for `count` others that are missing at its place. */
export function lossRecord(count: number, resource: ReadableLogRecord['resource']): ReadableLogRecord {
  return { ...lossFields(count), resource, instrumentationScope: LOSS_SCOPE }
}

/** The same without its resource, for who has that in another form. */
export function lossFields(count: number): LossFields {
  const millis = Date.now()
  const now: [number, number] = [Math.floor(millis / 1_000), (millis % 1_000) * 1_000_000]
  return {
    hrTime: now,
    hrTimeObserved: now,
    severityNumber: SEVERITY_WARN,
    severityText: 'WARN',
    eventName: 'sluice.loss',
    body: `${count} log records are missing here`,
    attributes: { [COUNT]: count },
    droppedAttributesCount: 0,
  }
}

/** How many records are missing where `record` stands: 0, unless it is one of these. */
export function missingAt(record: ReadableLogRecord): number {
  const count = record.instrumentationScope === LOSS_SCOPE ? record.attributes[COUNT] : 0
  return typeof count === 'number' ? count : 0
}
