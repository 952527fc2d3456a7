import { rankOfRecord } from './level.js'

/** What a filter by level and name asks of a record. */
export interface RecordName {
  /** Infinite if it has no severity. */
  readonly rank: number
  readonly ns: string
  /** Empty if it is no event. */
  readonly id: string
}

/** What has a name for filters: a record, or the description of one. From JavaScript, each part may be anything. */
interface Named {
  readonly severityNumber?: unknown
  readonly instrumentationScope?: { readonly name?: unknown } | undefined
  readonly eventName?: unknown
}

const UNREADABLE: RecordName = { rank: Number.POSITIVE_INFINITY, ns: '', id: '' }

/** Never throws: a record that cannot be read has no name, and is left to the handlers to refuse, and count. */
export function recordName(record: Named & { readonly severityText?: unknown }): RecordName {
  try {
    return nameOf(record, record.severityText)
  } catch {
    return UNREADABLE
  }
}

/**
 * The name of a record that somebody asks about before it is made. What is not said is not there. The severity number
 * that INFO4 and `report` share may be that of a report, which passes more filters.
 */
export function nameInQuestion(description: Named): RecordName {
  return nameOf(description, 'report')
}

function nameOf(
  { severityNumber, instrumentationScope, eventName }: Named,
  severityText: unknown,
): RecordName {
  return {
    rank: rankOfRecord(severityNumber, severityText),
    ns: textOrNone(instrumentationScope?.name),
    id: textOrNone(eventName),
  }
}

function textOrNone(name: unknown): string {
  return typeof name === 'string' ? name : ''
}
