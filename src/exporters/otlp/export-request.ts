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
const WORD = 8

/** How many bytes the request with these records has. */
export function exportRequestSize(entries: readonly RequestEntry[]): number {
  return sizeOf(groupByContext(entries))
}

/**
 * An `ExportLogsServiceRequest` with the given records, which lie one behind the other in the batch. Consecutive records of
 * one resource and scope share their `ResourceLogs` and `ScopeLogs`.
 *
 * The records are copied in one piece, gaps and all, behind as much room as everything else needs, and then moved to
 * where they belong: that is never behind where they are, so nothing is overwritten that is to be moved yet.
 *
 * @param allocate gives the memory for it, so many bytes or more. Default: new memory.
 */
export function exportRequest(
  batch: Uint8Array,
  entries: readonly RequestEntry[],
  allocate: (bytes: number) => Uint8Array = Buffer.allocUnsafe,
): Uint8Array {
  const groups = groupByContext(entries)
  const first = entries[0]?.start ?? 0
  const last = entries.at(-1)?.end ?? 0
  const others = sizeOf(groups) - groups.reduce((sum, { recordsSize }) => sum + recordsSize, 0)
  // Shared memory is copied byte by byte unless both sides are aligned.
  const room = Math.ceil(others / WORD) * WORD
  const request = allocate(room + last - first)
  request.set(batch.subarray(first, last), room)
  const shift = room - first
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
      if (entry === undefined) break
      request.copyWithin(position, entry.start + shift, entry.end + shift)
      position += entry.end - entry.start
    }
    piece(context.scopeSchemaUrl)
    piece(context.resourceSchemaUrl)
  }
  return request.subarray(0, position)
}

interface Group {
  readonly context: EncodedContext
  readonly from: number
  readonly to: number
  /** The bytes of its records. */
  readonly recordsSize: number
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
    groups.push({ context, from, to, recordsSize, scopeLogsSize, resourceLogsSize })
    from = to
  }
  return groups
}
