import { strictEqual } from 'node:assert/strict'
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { QueueLogRecordProcessorOptions } from 'otel-sluice'
import { type Clock, systemClock } from '#src/common/clock.js'
import type { ManualClock } from '../../support/manual-clock.js'
import type { AccountedProcessor, MakeProcessor } from './subject.js'

/** Makes ours; on the clock of the process unless the test turns one. */
export type CreateOurs = (options: QueueLogRecordProcessorOptions, clock?: Clock) => AccountedProcessor

export function onSystemClock(make: MakeProcessor): CreateOurs {
  return (options, clock = systemClock) => make(options, clock)
}

/** A delay that does not pass while a test runs: nothing goes but what is flushed or fills a batch. */
export const NEVER_MILLIS = 3_600_000

/** Shuts down on a clock that stands still otherwise. */
export async function endOn(clock: ManualClock, processor: LogRecordProcessor): Promise<void> {
  const shutDown = processor.shutdown()
  await clock.advance(10_000)
  await shutDown
  strictEqual(clock.pendingTimers, 0)
}
