import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'

const SCOPE = { name: 'otel-sluice' }
const SEVERITY_WARN = 13

/** The record that stands in the stream for `count` others that are missing at its place. */
export function lossRecord(count: number, resource: ReadableLogRecord['resource']): ReadableLogRecord {
  const millis = Date.now()
  const now: [number, number] = [Math.floor(millis / 1_000), (millis % 1_000) * 1_000_000]
  return {
    hrTime: now,
    hrTimeObserved: now,
    severityNumber: SEVERITY_WARN,
    severityText: 'WARN',
    eventName: 'sluice.loss',
    body: `${count} log records are missing here`,
    attributes: { 'sluice.loss.count': count },
    droppedAttributesCount: 0,
    resource,
    instrumentationScope: SCOPE,
  }
}
