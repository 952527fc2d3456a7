import { AsyncLocalStorage } from 'node:async_hooks'
import { context } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import { processWide } from '../common/process-wide.js'
import { isExportThread } from './thread/this-thread.js'

/**
 * The guard against log loops. What an exporter, an instrumentation below it, or one of the library's own reports
 * logs while it runs in here would be exported in turn, and so on for ever; `suppressTracing` does not stop logs. So
 * the processors take no record that comes from in here, theirs or another's: two could feed each other.
 */
const scope = processWide('export-scope/1', () => new AsyncLocalStorage<true>())

/** Runs `work`, and all that it starts, inside the scope, with tracing suppressed (specification, "Export"). */
export function runInExportScope<T>(work: () => T): T {
  return scope.run(true, () => context.with(suppressTracing(context.active()), work))
}

/** Whether the caller runs inside an export. All that an export thread does is part of one. */
export function isInExportScope(): boolean {
  return isExportThread() || scope.getStore() === true
}
