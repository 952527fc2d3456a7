import type { DropReason } from './queue-stats.js'

/**
 * What a full queue does about a new record: the reason to refuse it, or `undefined` to take it after all. Asked before
 * anything is paid for a copy of the record.
 *
 * @param hasRoom whether the queue has room for it by now.
 */
export type OverflowPolicy = (hasRoom: () => boolean) => DropReason | undefined

/** The caller is refused. */
export const dropping: OverflowPolicy = () => 'queue_full'

/** The record comes in, and the oldest goes once the new one is known to be sound. */
export const sliding: OverflowPolicy = () => undefined

/** The caller waits until there is room, or has waited long enough: `waitFor` says which. */
export function blocking(waitFor: (hasRoom: () => boolean) => boolean): OverflowPolicy {
  return (hasRoom) => (waitFor(hasRoom) ? undefined : 'block_timeout')
}
