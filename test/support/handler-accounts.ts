import { ok } from 'node:assert/strict'
import type { HandlerStats } from 'otel-sluice'

/** What became of a handler's records: its statistics without its capacity, its times and what of them is recent. */
export function accountsOf(stats: HandlerStats | undefined): object {
  ok(stats)
  const { capacity, recent, handlingMillis, ...accounts } = stats
  return accounts
}
