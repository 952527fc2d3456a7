import { ExportTimeoutError } from './export-call.js'
import { errorCode } from './platform.js'

const UNKNOWN = 'error'

/** What codes and names look like; anything else may be made up anew each time, or quote something. */
const NAME = /^[\w.-]{1,60}$/

/**
 * Why an export failed, as metrics and diagnostics have it: a code or a name, never a message, which may quote a
 * record. Never throws, whatever the error is.
 */
export function failureReason(error: unknown): string {
  if (error instanceof ExportTimeoutError) return 'timeout'
  try {
    const reason = errorCode(error) ?? (error instanceof Error ? error.name : UNKNOWN)
    return NAME.test(reason) ? reason : UNKNOWN
  } catch {
    return UNKNOWN
  }
}
