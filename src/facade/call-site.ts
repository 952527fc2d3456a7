import { fileURLToPath } from 'node:url'
import type { Attributes } from '../common/any-value.js'

/** A function that application code calls: the frames from it upwards are the library's own. */
export type EntryPoint = (...args: never[]) => unknown

/**
 * Where the application called `entry` from, as attributes (semantic conventions, "code"); none if that cannot be
 * told. Takes microseconds. Positions are those of the running code, not of the sources it was compiled from.
 */
export function callSiteAttributes(entry: EntryPoint): Attributes {
  const attributes: Attributes = {}
  const site = callSite(entry)
  if (site === undefined) return attributes
  const file = site.getFileName()
  const line = site.getLineNumber()
  const name = site.getFunctionName()
  if (file) attributes['code.file.path'] = file.startsWith('file:') ? fileURLToPath(file) : file
  if (line !== null) attributes['code.line.number'] = line
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
