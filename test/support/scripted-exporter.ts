import { EventEmitter, once } from 'node:events'
import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'

const SUCCESS: ExportResult = { code: ExportResultCode.SUCCESS }

/** One call of `export` that waits for the test to answer it. */
export interface HeldCall {
  readonly records: readonly ReadableLogRecord[]
  answer(result?: ExportResult): void
}

/** An exporter that answers when the test says so, or as `onCall` does. */
export class ScriptedExporter implements LogRecordExporter {
  /** Calls so far, oldest first. */
  readonly calls: HeldCall[] = []
  /** The records of all calls that were answered with success. */
  readonly delivered: ReadableLogRecord[] = []
  /** Calls that are not answered, and the most of them there were at a time. */
  underWay = 0
  mostUnderWay = 0
  shutdowns = 0
  readonly #onCall: (call: HeldCall) => void
  readonly #progress = new EventEmitter()

  /** @param onCall what to do with a call; by default it is held until the test answers it. */
  constructor(onCall: (call: HeldCall) => void = () => undefined) {
    this.#onCall = onCall
  }

  export(records: ReadableLogRecord[], callback: (result: ExportResult) => void): void {
    this.underWay++
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay)
    const call: HeldCall = {
      records,
      answer: (result = SUCCESS) => {
        this.underWay--
        if (result.code === ExportResultCode.SUCCESS) this.delivered.push(...records)
        callback(result)
      },
    }
    this.calls.push(call)
    this.#progress.emit('call')
    this.#onCall(call)
  }

  /** The call with this number, from 0 up, once it comes. */
  async call(index: number): Promise<HeldCall> {
    for (;;) {
      const call = this.calls[index]
      if (call !== undefined) return call
      await once(this.#progress, 'call')
    }
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.shutdowns++
  }
}

/** Answers with success in a later turn of the event loop, as real I/O does. */
export function answerLater(call: HeldCall): void {
  setImmediate(() => call.answer())
}
