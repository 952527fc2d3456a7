import type { EncodedBatch } from '../otlp/encoded-batch.js'
import type { Delivered, Destination } from './destination.js'

/** Stands for a destination that could not be made: every record fails at once, for that reason. */
export class UnusableDestination implements Destination {
  readonly #reason: string

  constructor(reason: string) {
    this.#reason = reason
  }

  async deliver({ length }: EncodedBatch, settle: (delivered: Delivered) => void): Promise<void> {
    settle({ exported: 0, failed: length, reason: this.#reason })
  }

  close(): void {}
}
