import { defaultResource } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'

const RESOURCE = defaultResource()
const SCOPE = { name: 'test' }

/** A log record with what a test cares about, and plain values for the rest. */
export function logRecord(fields: Partial<ReadableLogRecord> = {}): ReadableLogRecord {
  return {
    hrTime: [1_700_000_000, 0],
    hrTimeObserved: [1_700_000_000, 0],
    body: 'message',
    attributes: {},
    droppedAttributesCount: 0,
    resource: RESOURCE,
    instrumentationScope: SCOPE,
    ...fields,
  }
}
