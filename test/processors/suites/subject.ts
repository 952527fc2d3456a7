import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { QueueLogRecordProcessorOptions, QueueStats } from 'otel-sluice'
import type { Clock } from '#src/common/clock.js'

/** A processor that gives account: what the suites are about. */
export interface AccountedProcessor extends LogRecordProcessor {
  forceFlush(options?: { timeoutMillis?: number }): Promise<void>
  stats(): QueueStats
}

/** Makes the processor under test, of the implementation that a suite is run for. */
export type MakeProcessor = (options: QueueLogRecordProcessorOptions, clock: Clock) => AccountedProcessor

/** What the account adds up to: all the places a record can be in. */
export function accountedFor(stats: QueueStats): number {
  const { queueSize, inFlight, exported, failed } = stats
  return queueSize + inFlight + exported + failed + droppedIn(stats)
}

/** Everything dropped, whatever the reason. */
export function droppedIn({ dropped }: QueueStats): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0)
}
