import { ExportTimeoutError } from './export-call.js'
import { errorCode } from './platform.js'

/**
 * Why an export failed, as metrics and diagnostics have it: a code or a name, never a message, which may quote a
 * record. Never throws, whatever the error is.
 */
export function failureReason(error: unknown): string {
  if (error instanceof ExportTimeoutError) return 'timeout'
  try {
    return errorCode(error) ?? (error instanceof Error ? error.name : 'error')
  } catch {
    return 'error'
  }
}
