import { LOSS_SCOPE } from '../../common/loss-record.js'
import { encodeScope } from '../otlp/context-encoder.js'
import type { EncodedContext } from '../otlp/export-request.js'
import { LossEncoder, MAX_LOSS_BYTES } from '../otlp/loss-encoder.js'
import { BYTES_WORD, HEADER_WORDS, LENGTH_WORD, RECORD_HEADER_BYTES, ringBytes, UNIT } from './shared-ring.js'

/** What a marker of loss takes before a batch, in bytes. */
export const LOSS_ENTRY_BYTES = ringBytes(MAX_LOSS_BYTES)

const NO_BYTES = new Uint8Array()
const SCOPE = encodeScope(LOSS_SCOPE)

/** Writes markers of loss as entries of batches, which have the context of the record behind them. */
export class LossEntryWriter {
  readonly #memory: SharedArrayBuffer
  readonly #encoder = new LossEncoder()

  constructor(memory: SharedArrayBuffer) {
    this.#memory = memory
  }

  /** Writes one that says how many records are missing, `LOSS_ENTRY_BYTES` from a place in the memory on. */
  write(position: number, missing: number): void {
    const marker = this.#encoder.encode(missing)
    const header = new Uint32Array(this.#memory, position, HEADER_WORDS)
    header[LENGTH_WORD] = LOSS_ENTRY_BYTES / UNIT
    header[BYTES_WORD] = marker.length
    new Uint8Array(this.#memory, position + RECORD_HEADER_BYTES, marker.length).set(marker)
  }
}

/** What a marker belongs to: the resource of the record behind it, and a scope of its own. */
export function lossContext({ resource, resourceSchemaUrl }: EncodedContext): EncodedContext {
  return { resource, resourceSchemaUrl, scope: SCOPE, scopeSchemaUrl: NO_BYTES }
}
