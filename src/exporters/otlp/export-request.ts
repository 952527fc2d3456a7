import { varintSize } from './protobuf-writer.js'

/**
 * A resource and a scope as a request needs them: each piece with its tag and length before it, encoded once for as
 * long as the process lives.
 */
export interface EncodedContext {
  /** `ResourceLogs.resource`. */
  readonly resource: Uint8Array
  /** `ResourceLogs.schema_url`, or nothing. */
  readonly resourceSchemaUrl: Uint8Array
  /** `ScopeLogs.scope`. */
  readonly scope: Uint8Array
  /** `ScopeLogs.schema_url`, or nothing. */
  readonly scopeSchemaUrl: Uint8Array
}

/** One record of a request: where its encoded bytes are in the batch, and what it belongs to. */
export interface RequestEntry {
  readonly start: number
  readonly end: number
  readonly context: EncodedContext
}

const RESOURCE_LOGS_TAG = 0x0a
const SCOPE_LOGS_TAG = 0x12

/** How many bytes the request with these records has. */
export function exportRequestSize(entries: readonly RequestEntry[]): number {
  return sizeOf(groupByContext(entries))
}

/**
 * An `ExportLogsServiceRequest` with the given records in their order. Consecutive records of one resource and scope
 * share their `ResourceLogs` and `ScopeLogs`.
 */
export function exportRequest(batch: Uint8Array, entries: readonly RequestEntry[]): Uint8Array {
  const groups = groupByContext(entries)
  const request = Buffer.allocUnsafe(sizeOf(groups))
  let position = 0
  const lengthField = (tag: number, length: number) => {
    request[position++] = tag
    let rest = length
    while (rest >= 0x80) {
      request[position++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    request[position++] = rest
  }
  const piece = (bytes: Uint8Array) => {
    request.set(bytes, position)
    position += bytes.length
  }
  for (const { context, from, to, scopeLogsSize, resourceLogsSize } of groups) {
    lengthField(RESOURCE_LOGS_TAG, resourceLogsSize)
    piece(context.resource)
    lengthField(SCOPE_LOGS_TAG, scopeLogsSize)
    piece(context.scope)
    for (let i = from; i < to; i++) {
      const entry = entries[i]
      if (entry !== undefined) piece(batch.subarray(entry.start, entry.end))
    }
    piece(context.scopeSchemaUrl)
    piece(context.resourceSchemaUrl)
  }
  return request
}

interface Group {
  readonly context: EncodedContext
  readonly from: number
  readonly to: number
  readonly scopeLogsSize: number
  readonly resourceLogsSize: number
}

function sizeOf(groups: readonly Group[]): number {
  return groups.reduce(
    (sum, { resourceLogsSize }) => sum + 1 + varintSize(resourceLogsSize) + resourceLogsSize,
    0,
  )
}

function groupByContext(entries: readonly RequestEntry[]): Group[] {
  const groups: Group[] = []
  let from = 0
  while (from < entries.length) {
    const context = entries[from]?.context
    if (context === undefined) break
    let to = from
    let recordsSize = 0
    for (let entry = entries[to]; entry?.context === context; entry = entries[++to])
      recordsSize += entry.end - entry.start
    const scopeLogsSize = context.scope.length + recordsSize + context.scopeSchemaUrl.length
    const resourceLogsSize =
      context.resource.length +
      1 +
      varintSize(scopeLogsSize) +
      scopeLogsSize +
      context.resourceSchemaUrl.length
    groups.push({ context, from, to, scopeLogsSize, resourceLogsSize })
    from = to
  }
  return groups
}
