import { LOSS_SCOPE, lossFields } from '../../common/loss-record.js'
import { encodeScope } from '../otlp/context-encoder.js'
import type { EncodedContext } from '../otlp/export-request.js'
import { LogRecordEncoder } from '../otlp/log-record-encoder.js'
import { ProtobufWriter } from '../otlp/protobuf-writer.js'
import { BYTES_WORD, HEADER_WORDS, LENGTH_WORD, RECORD_HEADER_BYTES, UNIT } from './shared-ring.js'

/** What a marker of loss takes before a batch, in bytes: more than any needs. */
export const LOSS_ENTRY_BYTES = 256

const NO_BYTES = new Uint8Array()
const SCOPE = encodeScope(LOSS_SCOPE)

/** Writes markers of loss as entries of batches, which have the context of the record behind them. */
export class LossEntryWriter {
  readonly #memory: SharedArrayBuffer
  readonly #writer: ProtobufWriter
  readonly #encoder: LogRecordEncoder

  constructor(memory: SharedArrayBuffer) {
    this.#memory = memory
    this.#writer = new ProtobufWriter(memory)
    this.#encoder = new LogRecordEncoder(this.#writer)
  }

  /** Writes one that says how many records are missing, `LOSS_ENTRY_BYTES` from a place in the memory on. */
  write(position: number, missing: number): void {
    const start = position + RECORD_HEADER_BYTES
    this.#writer.begin(start, position + LOSS_ENTRY_BYTES)
    this.#encoder.encode(lossFields(missing))
    const header = new Uint32Array(this.#memory, position, HEADER_WORDS)
    header[LENGTH_WORD] = LOSS_ENTRY_BYTES / UNIT
    header[BYTES_WORD] = this.#writer.position - start
  }
}

/** What a marker belongs to: the resource of the record behind it, and a scope of its own. */
export function lossContext({ resource, resourceSchemaUrl }: EncodedContext): EncodedContext {
  return { resource, resourceSchemaUrl, scope: SCOPE, scopeSchemaUrl: NO_BYTES }
}
