import type { Delivered, Destination, EncodedRecord } from './destination.js'

/** Stands for a destination that could not be made: every record fails at once, for that reason. */
export class UnusableDestination implements Destination {
  readonly #reason: string

  constructor(reason: string) {
    this.#reason = reason
  }

  async deliver(
    _batch: Uint8Array,
    records: readonly EncodedRecord[],
    settle: (delivered: Delivered) => void,
  ): Promise<void> {
    settle({ exported: 0, failed: records.length, reason: this.#reason })
  }

  close(): void {}
}
