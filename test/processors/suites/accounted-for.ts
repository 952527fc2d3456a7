import type { QueueStats } from 'otel-sluice'

/** What the account adds up to: all the places a record can be in. */
export function accountedFor({ queueSize, inFlight, exported, failed, dropped }: QueueStats): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, queueSize + inFlight + exported + failed)
}
