/** Field tags, number and wire type, of `LogRecord` (opentelemetry/proto/logs/v1), and of what a record is in. */
export const LOG_RECORD_TAG = {
  scopeLogsLogRecords: 0x12,
  timeUnixNano: 0x09,
  severityNumber: 0x10,
  severityText: 0x1a,
  body: 0x2a,
  attributes: 0x32,
  droppedAttributesCount: 0x38,
  flags: 0x45,
  traceId: 0x4a,
  spanId: 0x52,
  observedTimeUnixNano: 0x59,
  eventName: 0x62,
} as const

/** Those of `KeyValue` and `AnyValue` (opentelemetry/proto/common/v1). */
export const VALUE_TAG = {
  keyValueKey: 0x0a,
  keyValueValue: 0x12,
  repeatedValues: 0x0a,
  stringValue: 0x0a,
  boolValue: 0x10,
  intValue: 0x18,
  doubleValue: 0x21,
  arrayValue: 0x2a,
  kvlistValue: 0x32,
  bytesValue: 0x3a,
} as const

/** Those of `Resource` and `InstrumentationScope` (opentelemetry/proto/resource/v1 and common/v1), and of what they are in. */
export const CONTEXT_TAG = {
  resourceLogsResource: 0x0a,
  scopeLogsScope: 0x0a,
  schemaUrl: 0x1a,
  resourceAttributes: 0x0a,
  scopeName: 0x0a,
  scopeVersion: 0x12,
  scopeAttributes: 0x1a,
  scopeDroppedAttributesCount: 0x20,
} as const
