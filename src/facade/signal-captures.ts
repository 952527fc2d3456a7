import { AsyncLocalStorage } from 'node:async_hooks'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { callOrValue, isAwaitable } from './run.js'
import { type Signal, signalOf } from './signal.js'

/** What a function returned, and the signals that were made meanwhile, in that order. */
export interface CapturedSignals<T> {
  /** What it returned. */
  readonly value: T
  /** The signals, oldest first. */
  readonly signals: readonly Signal[]
}

/** What becomes of what a function returned: of a promise, a promise. */
export type WithSignals<T> = T extends PromiseLike<infer V> ? Promise<CapturedSignals<V>> : CapturedSignals<T>

interface Capture {
  readonly signals: Signal[]
  /** The capture that this one is made in, and which sees the same signals. */
  readonly outer: Capture | undefined
  isOver: boolean
}

/**
 * Captures signals, for tests. A capture sees what the work that its function started makes, and nothing else: tests
 * that run at the same time do not see each other's signals.
 */
export class SignalCaptures {
  #captures: AsyncLocalStorage<Capture> | undefined

  /** Whether a record that is made here and now would be captured. */
  get isActive(): boolean {
    return this.#current().length > 0
  }

  /** Captures a record, if anybody waits for it. */
  add(record: ReadableLogRecord): void {
    const captures = this.#current()
    if (captures.length === 0) return
    const signal = signalOf(record)
    for (const { signals } of captures) signals.push(signal)
  }

  /** Captures until the function has returned or thrown, or the promise that it returned has settled. */
  run<T>(fn: () => T): WithSignals<T>
  run(fn: unknown): unknown {
    this.#captures ??= new AsyncLocalStorage()
    const capture: Capture = { signals: [], outer: this.#captures.getStore(), isOver: false }
    const end = () => {
      capture.isOver = true
    }
    const captured = (value: unknown) => ({ value, signals: capture.signals })
    let result: unknown
    try {
      result = this.#captures.run(capture, () => callOrValue(fn))
    } catch (error) {
      end()
      throw error
    }
    if (isAwaitable(result)) return Promise.resolve(result).then(captured).finally(end)
    end()
    return captured(result)
  }

  #current(): readonly Capture[] {
    let capture = this.#captures?.getStore()
    if (capture === undefined) return NONE
    const captures: Capture[] = []
    for (; capture !== undefined; capture = capture.outer) if (!capture.isOver) captures.push(capture)
    return captures
  }
}

const NONE: readonly Capture[] = []
