import { COPY_ALIGNMENT } from '../shared-copy.js'
import type { EncodedBatch, EncodedContext } from './encoded-batch.js'
import { varintSize } from './protobuf-writer.js'

const RESOURCE_LOGS_TAG = 0x0a
const SCOPE_LOGS_TAG = 0x12

/** How many bytes the request with these records has. */
export function exportRequestSize(batch: EncodedBatch): number {
  return sizeOf(groupsOf(batch))
}

/**
 * An `ExportLogsServiceRequest` with the given records. Consecutive records of one resource and scope share their
 * `ResourceLogs` and `ScopeLogs`.
 *
 * The records are copied in one piece, behind as much room as what comes before them needs. Those of the first group are
 * then where they belong; those of the others are moved behind, the last one first, and what is between is written.
 *
 * @param allocate gives the memory for it, so many bytes or more. Default: new memory.
 */
export function exportRequest(
  batch: EncodedBatch,
  allocate: (bytes: number) => Uint8Array = Buffer.allocUnsafe,
): Uint8Array {
  const groups = groupsOf(batch)
  const [first] = groups
  if (first === undefined) return new Uint8Array()
  const size = sizeOf(groups)
  const { start, end } = first
  const last = groups.at(-1)?.end ?? end
  const before = sizeBefore(first)
  const padding = (start - before) & (COPY_ALIGNMENT - 1)
  const request = allocate(padding + size)
  // Where a record is in the request, less where it is in the batch.
  const shift = padding + before - start
  request.set(batch.bytes.subarray(start, last), start + shift)
  let position = padding + size
  for (const group of groups.toReversed()) {
    const { context } = group
    position -= context.resourceSchemaUrl.length
    request.set(context.resourceSchemaUrl, position)
    position -= context.scopeSchemaUrl.length
    request.set(context.scopeSchemaUrl, position)
    position -= group.end - group.start
    if (position !== group.start + shift) request.copyWithin(position, group.start + shift, group.end + shift)
    position -= sizeBefore(group)
    writeBefore(request, position, group)
  }
  return request.subarray(padding, padding + size)
}

/** What of a request belongs to one resource and scope. */
interface Group {
  readonly context: EncodedContext
  /** Where its records begin and end in the batch. */
  readonly start: number
  readonly end: number
  readonly scopeLogsSize: number
  readonly resourceLogsSize: number
}

function groupsOf({ starts, runs }: EncodedBatch): Group[] {
  return runs.map(({ context, from, to }) => {
    const start = starts[from] ?? 0
    const end = starts[to] ?? 0
    const scopeLogsSize = context.scope.length + end - start + context.scopeSchemaUrl.length
    const resourceLogsSize =
      context.resource.length + fieldSize(scopeLogsSize) + context.resourceSchemaUrl.length
    return { context, start, end, scopeLogsSize, resourceLogsSize }
  })
}

function sizeOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { resourceLogsSize }) => sum + fieldSize(resourceLogsSize), 0)
}

/** How many bytes of a group come before its records. */
function sizeBefore({ context, resourceLogsSize, scopeLogsSize }: Group): number {
  const lengths = 2 + varintSize(resourceLogsSize) + varintSize(scopeLogsSize)
  return lengths + context.resource.length + context.scope.length
}

function writeBefore(request: Uint8Array, at: number, { context, ...sizes }: Group): void {
  const resource = writeLength(request, at, RESOURCE_LOGS_TAG, sizes.resourceLogsSize)
  request.set(context.resource, resource)
  const scopeLogs = resource + context.resource.length
  request.set(context.scope, writeLength(request, scopeLogs, SCOPE_LOGS_TAG, sizes.scopeLogsSize))
}

/** Writes what comes before the content of a field; returns where that begins. */
function writeLength(request: Uint8Array, at: number, tag: number, length: number): number {
  let position = at
  request[position++] = tag
  let rest = length
  while (rest >= 0x80) {
    request[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  request[position++] = rest
  return position
}

/** A field of so many bytes with its tag and its length. */
function fieldSize(length: number): number {
  return 1 + varintSize(length) + length
}
