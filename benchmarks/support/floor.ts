/**
 * The least that a processor can do which encodes records in the call and exports them on another thread: what it takes
 * is left of any such processor's cost however cheap queue, accounts and batches become.
 */
import { Worker } from 'node:worker_threads'
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import type { LogRecordProcessor, ReadableLogRecord, ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import { LogRecordEncoder } from '#src/exporters/otlp/log-record-encoder.js'
import { ProtobufWriter } from '#src/exporters/otlp/protobuf-writer.js'

/** Memory that the records are written to, one over the other: small enough to stay in the processor's caches. */
const SCRATCH_BYTES = 64 * 1024
const MOST_RECORD_BYTES = 4 * 1024

/** What the other thread is given: where to send which request, and the words that say how often. */
export interface FloorTask {
  readonly url: string
  readonly request: Uint8Array
  readonly counts: SharedArrayBuffer
}
/** How many requests it is to send in all, and how many it has sent. */
export const ASKED = 0
export const SENT = 1

/** Encodes each record with the library's encoder and forgets it: no queue, no account of anything, no batches. */
export class EncodingProcessor implements LogRecordProcessor {
  readonly #writer = new ProtobufWriter(new SharedArrayBuffer(SCRATCH_BYTES))
  readonly #encoder = new LogRecordEncoder(this.#writer)
  #start = 0

  onEmit(record: ReadWriteLogRecord): void {
    if (this.#start > SCRATCH_BYTES - MOST_RECORD_BYTES) this.#start = 0
    this.#writer.begin(this.#start, this.#start + MOST_RECORD_BYTES)
    this.#encoder.encode(record)
    this.#start = this.#writer.position
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

/** The same, with a thread beside it that sends one request, made beforehand, for every batch. */
export class EncodingAndSendingProcessor extends EncodingProcessor {
  readonly #counts = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  readonly #batch: number
  #records = 0

  /** @param batch the records of the request. */
  constructor(url: string, batch: readonly ReadableLogRecord[]) {
    super()
    this.#batch = batch.length
    const request = ProtobufLogsSerializer.serializeRequest([...batch])
    if (request === undefined) throw new Error('the records cannot be serialized')
    const workerData: FloorTask = { url, request, counts: this.#counts.buffer }
    new Worker(new URL('../programs/ready-made-requests.js', import.meta.url), { workerData })
  }

  override onEmit(record: ReadWriteLogRecord): void {
    super.onEmit(record)
    this.#records++
    if (this.#records % this.#batch === 0) this.#ask()
  }

  /** How many of the records were in batches for which a request was answered. */
  get sent(): number {
    return Math.min(this.#records, Atomics.load(this.#counts, SENT) * this.#batch)
  }

  get unsent(): number {
    return this.#records - this.sent
  }

  /** A last batch that is not full counts as one. */
  override async forceFlush(): Promise<void> {
    if (this.#records > Atomics.load(this.#counts, ASKED) * this.#batch) this.#ask()
    while (this.unsent > 0) {
      await Atomics.waitAsync(this.#counts, SENT, Atomics.load(this.#counts, SENT), 1_000).value
    }
  }

  #ask(): void {
    Atomics.add(this.#counts, ASKED, 1)
    Atomics.notify(this.#counts, ASKED)
  }
}
