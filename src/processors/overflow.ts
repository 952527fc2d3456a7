import type { BlockingWait } from './blocking-wait.js'
import type { DropReason } from './queue-stats.js'

/**
 * What a full queue does about a new record: the reason to refuse it, or `undefined` to take it after all. `room` is
 * how many records the queue may hold for this one. Asked before anything is paid for a copy of the record.
 */
export type OverflowPolicy = (room: number) => DropReason | undefined

/** The caller is refused. */
export const dropping: OverflowPolicy = () => 'queue_full'

/** The record comes in, and the oldest goes once the new one is known to be sound. */
export const sliding: OverflowPolicy = () => undefined

/** The caller waits until there is room, or has waited long enough. */
export function blocking(wait: BlockingWait): OverflowPolicy {
  return (room) => (wait.forRoom(room) ? undefined : 'block_timeout')
}
