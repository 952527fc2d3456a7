import type { ReadWriteLogRecord } from '@opentelemetry/sdk-logs'

/**
 * A log record as one handler gets it, with what its filter or its transform changed. The SDK's own record is shared by
 * all processors, and stays as it is.
 */
export class ChangedLogRecord implements ReadWriteLogRecord {
  hrTime: ReadWriteLogRecord['hrTime']
  hrTimeObserved: ReadWriteLogRecord['hrTimeObserved']
  spanContext?: NonNullable<ReadWriteLogRecord['spanContext']>
  readonly resource: ReadWriteLogRecord['resource']
  readonly instrumentationScope: ReadWriteLogRecord['instrumentationScope']
  readonly attributes: ReadWriteLogRecord['attributes']
  severityText?: string
  severityNumber?: NonNullable<ReadWriteLogRecord['severityNumber']>
  body?: NonNullable<ReadWriteLogRecord['body']> | null
  eventName?: string
  droppedAttributesCount: number

  /** @param attributes instead of the record's own; they become this record's. */
  constructor(record: ReadWriteLogRecord, attributes: ReadWriteLogRecord['attributes']) {
    const { spanContext, severityText, severityNumber, body, eventName } = record
    this.hrTime = record.hrTime
    this.hrTimeObserved = record.hrTimeObserved
    if (spanContext !== undefined) this.spanContext = spanContext
    this.resource = record.resource
    this.instrumentationScope = record.instrumentationScope
    this.attributes = attributes
    if (severityText !== undefined) this.severityText = severityText
    if (severityNumber !== undefined) this.severityNumber = severityNumber
    if (body !== undefined) this.body = body
    if (eventName !== undefined) this.eventName = eventName
    this.droppedAttributesCount = record.droppedAttributesCount
  }

  setAttribute(key: string, value?: ReadWriteLogRecord['attributes'][string]): this {
    this.attributes[key] = value
    return this
  }

  setAttributes(attributes: ReadWriteLogRecord['attributes']): this {
    for (const [key, value] of Object.entries(attributes)) this.setAttribute(key, value)
    return this
  }

  setBody(body: ReadWriteLogRecord['body']): this {
    if (body === undefined) delete this.body
    else this.body = body
    return this
  }

  setEventName(eventName: string): this {
    this.eventName = eventName
    return this
  }

  setSeverityNumber(severityNumber: NonNullable<ReadWriteLogRecord['severityNumber']>): this {
    this.severityNumber = severityNumber
    return this
  }

  setSeverityText(severityText: string): this {
    this.severityText = severityText
    return this
  }
}
