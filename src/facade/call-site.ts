import type { Attributes } from '../common/any-value.js'
import { SourcePositions } from './source-positions.js'

/** A function that application code calls: the frames from it upwards are the library's own. */
export type EntryPoint = (...args: never[]) => unknown

/** One for all telemetries: what is known of a file holds for all of them. */
const positions = new SourcePositions()

/**
 * Where the application called `entry` from, as attributes (semantic conventions, "code"); none if that cannot be
 * told. Takes microseconds, and for the first call from a file the time to read its source map. Positions are those
 * in the sources, if the running code has a source map, and of the running code else.
 */
export function callSiteAttributes(entry: EntryPoint): Attributes {
  const attributes: Attributes = {}
  const site = callSite(entry)
  if (site === undefined) return attributes
  const file = site.getFileName()
  const line = site.getLineNumber()
  const name = site.getFunctionName()
  if (file && line !== null) {
    const position = positions.original(file, line, site.getColumnNumber() ?? 1)
    attributes['code.file.path'] = position.file
    attributes['code.line.number'] = position.line
  }
  if (name) attributes['code.function.name'] = name
  return attributes
}

function callSite(entry: EntryPoint): NodeJS.CallSite | undefined {
  // Both belong to the whole process: they are put back before any other code can run.
  const { prepareStackTrace, stackTraceLimit } = Error
  const holder: { stack?: unknown } = {}
  try {
    Error.stackTraceLimit = 1
    Error.prepareStackTrace = (_error, sites) => sites[0]
    Error.captureStackTrace(holder, entry)
    const site: unknown = holder.stack
    return isCallSite(site) ? site : undefined
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    Error.prepareStackTrace = prepareStackTrace
  }
}

function isCallSite(value: unknown): value is NodeJS.CallSite {
  return typeof value === 'object' && value !== null && 'getLineNumber' in value
}
