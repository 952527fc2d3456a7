import { lossFields } from '../../common/loss-record.js'
import { LogRecordEncoder } from './log-record-encoder.js'
import { ProtobufWriter } from './protobuf-writer.js'

/** The longest marker, in bytes: none comes near it. */
export const MAX_LOSS_BYTES = 240

/** Encodes the records that say how many others are missing. */
export class LossEncoder {
  readonly #bytes = new Uint8Array(MAX_LOSS_BYTES)
  readonly #writer = new ProtobufWriter(this.#bytes.buffer)
  readonly #encoder = new LogRecordEncoder(this.#writer)

  /** One that says so of `missing` records; it holds until the next one is encoded. */
  encode(missing: number): Uint8Array {
    this.#writer.begin(0, MAX_LOSS_BYTES)
    this.#encoder.encode(lossFields(missing))
    return this.#bytes.subarray(0, this.#writer.position)
  }
}
