/**
 * The least that a processor can do which encodes records in the call and exports them on another thread: what it takes
 * is left of any such processor's cost however cheap its queue and accounts become.
 */
import { Worker } from 'node:worker_threads'
import type { LogRecordProcessor, ReadableLogRecord, ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import { encodeContext } from '#src/exporters/otlp/context-encoder.js'
import type { EncodedContext } from '#src/exporters/otlp/encoded-batch.js'
import { LogRecordEncoder } from '#src/exporters/otlp/log-record-encoder.js'
import { ProtobufWriter } from '#src/exporters/otlp/protobuf-writer.js'

/** Memory that the records are written to, one over the other: small enough to stay in the processor's caches. */
const SCRATCH_BYTES = 64 * 1024
const MOST_RECORD_BYTES = 4 * 1024

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

/** As large as the memory of a queue with the default options. */
const SHARED_BYTES = 16 * 1024 * 1024

/** What the other thread is given: where to send records of which context, and the memory that both share. */
export interface HandedOver {
  readonly url: string
  readonly context: EncodedContext
  readonly records: SharedArrayBuffer
  /** A pair of words for each of so many records: where it begins, and its context, which is always the same. */
  readonly index: SharedArrayBuffer
  readonly words: SharedArrayBuffer
}
export const INDEXED = 32_768
export const CONTEXT = 7
/** How many batches it is to send in all; how many records it has taken, and have arrived; where the newest one ends. */
export const ASKED = 0
export const TAKEN = 1
export const ARRIVED = 2
const END = 3
/** From here on there are words for each of so many batches: where it begins, where it ends, how many records it has. */
const FIRST_BATCH = 16
const BATCHES = 64
const BATCH_WORDS = 4
const WORDS = FIRST_BATCH + BATCHES * BATCH_WORDS

/** With more, there might be no room: so many batches of 512 hold twice as many records. */
const MOST_QUEUED = 16_384

/** Where the words of the batch with this number are. */
export function wordsOf(batch: number): number {
  return FIRST_BATCH + (batch % BATCHES) * BATCH_WORDS
}

/**
 * The same, with the records one behind the other in memory that another thread has too, and an index beside them. That
 * thread copies them to where a batch stays until it has arrived, and sends it. Everything arrives, as long as no more
 * is emitted than has room; nothing is bounded, counted, tried again or given to a thread that carries on.
 */
export class EncodingAndSendingProcessor implements LogRecordProcessor {
  readonly #records = new SharedArrayBuffer(SHARED_BYTES)
  readonly #index = new Uint32Array(new SharedArrayBuffer(2 * INDEXED * Uint32Array.BYTES_PER_ELEMENT))
  readonly #words = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT))
  readonly #writer = new ProtobufWriter(this.#records)
  readonly #encoder = new LogRecordEncoder(this.#writer)
  readonly #mostRecords: number
  /** Where the next record goes, and the first of its batch went. */
  #start = 0
  #batchStart = 0
  #inBatch = 0
  #emitted = 0

  /**
   * @param mostRecords how many records a batch has, unless a flush ends it.
   * @param sample what the resource and the scope of all records are taken from.
   */
  constructor(url: string, mostRecords: number, { resource, instrumentationScope }: ReadableLogRecord) {
    this.#mostRecords = mostRecords
    const workerData: HandedOver = {
      url,
      context: encodeContext(resource, instrumentationScope),
      records: this.#records,
      index: this.#index.buffer,
      words: this.#words.buffer,
    }
    new Worker(new URL('../programs/handed-over.js', import.meta.url), { workerData })
  }

  onEmit(record: ReadWriteLogRecord): void {
    this.#writer.begin(this.#start, this.#start + MOST_RECORD_BYTES)
    this.#encoder.encode(record)
    this.#start = this.#writer.position
    this.#index[2 * (this.#emitted % INDEXED) + 1] = CONTEXT
    this.#emitted++
    this.#index[2 * (this.#emitted % INDEXED)] = this.#start
    Atomics.store(this.#words, END, this.#start)
    this.#inBatch++
    if (this.#inBatch === this.#mostRecords) this.#endBatch()
  }

  get arrived(): number {
    return Atomics.load(this.#words, ARRIVED)
  }

  /** How many records wait to be taken: as with the others, those that are being sent do not count. */
  get queued(): number {
    return this.#emitted - Atomics.load(this.#words, TAKEN)
  }

  async forceFlush(): Promise<void> {
    if (this.#inBatch > 0) this.#endBatch()
    for (let arrived = this.arrived; arrived < this.#emitted; arrived = this.arrived) {
      await Atomics.waitAsync(this.#words, ARRIVED, arrived, 1_000).value
    }
  }

  async shutdown(): Promise<void> {}

  #endBatch(): void {
    if (this.queued > MOST_QUEUED) throw new Error('the receiver takes less than is emitted')
    const words = wordsOf(Atomics.load(this.#words, ASKED))
    this.#words.set([this.#batchStart, this.#start, this.#inBatch], words)
    Atomics.add(this.#words, ASKED, 1)
    Atomics.notify(this.#words, ASKED)
    if (this.#start > SHARED_BYTES - this.#mostRecords * MOST_RECORD_BYTES) this.#start = 0
    this.#batchStart = this.#start
    this.#index[2 * (this.#emitted % INDEXED)] = this.#start
    this.#inBatch = 0
  }
}
