import type { Clock } from '../../common/clock.js'
import type { Delivered, Destination } from '../thread/destination.js'
import type { EncodedBatch } from './encoded-batch.js'
import { exportRequest, exportRequestSize } from './export-request.js'
import { rejectedLogRecords } from './export-response.js'
import { type AttemptResult, attempt, type HttpTarget } from './http-attempt.js'
import { retryDelay } from './retry-delay.js'

/** The largest request, before compression, in bytes (OTLP specification, "OTLP/HTTP Request"). */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024

/** The most memory that is kept from one request to the next, in bytes: one with a full batch of 4 MiB needs about 5. */
const MAX_SPARE_BYTES = 8 * 1024 * 1024

/**
 * Brings records to an OTLP/HTTP receiver. What may be sent again is sent again until it is taken or refused; what is
 * too large for the receiver is sent in halves.
 */
export class OtlpDestination implements Destination {
  readonly #target: HttpTarget
  readonly #timeoutMillis: number
  readonly #clock: Clock
  readonly #random: () => number
  /** The memory of a request that has arrived, for the next one: a new one for each is work for the garbage collector. */
  #spare: Uint8Array | undefined

  /**
   * @param timeoutMillis how long one attempt may take.
   * @param random gives numbers from 0 to 1, for the jitter.
   */
  constructor(target: HttpTarget, timeoutMillis: number, clock: Clock, random: () => number = Math.random) {
    this.#target = target
    this.#timeoutMillis = timeoutMillis
    this.#clock = clock
    this.#random = random
  }

  async deliver(
    batch: EncodedBatch,
    settle: (delivered: Delivered) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const isTooLarge = exportRequestSize(batch) > MAX_REQUEST_BYTES
    const request = isTooLarge ? undefined : exportRequest(batch, (bytes) => this.#memory(bytes))
    const result = request === undefined ? TOO_LARGE : await this.#send(request, signal)
    switch (result.kind) {
      case 'accepted': {
        if (request !== undefined) this.#keep(request)
        const failed = Math.min(batch.length, rejectedLogRecords(result.response))
        settle({ exported: batch.length - failed, failed, ...(failed > 0 ? { reason: 'rejected' } : {}) })
        break
      }
      case 'refused':
        settle({ exported: 0, failed: batch.length, reason: result.reason })
        break
      case 'too_large': {
        const half = batch.length >> 1
        if (half === 0) {
          settle({ exported: 0, failed: batch.length, reason: '413' })
        } else {
          await this.deliver(batch.slice(0, half), settle, signal)
          if (!signal.aborted) await this.deliver(batch.slice(half), settle, signal)
        }
        break
      }
      case 'retryable':
        // Given up: the signal says so.
        break
    }
  }

  close(): void {
    this.#target.agent.destroy()
  }

  /** At least so many bytes, which nobody else has. */
  #memory(bytes: number): Uint8Array {
    const spare = this.#spare
    this.#spare = undefined
    return spare !== undefined && spare.byteLength >= bytes
      ? spare
      : Buffer.allocUnsafeSlow(bytes + (bytes >> 2))
  }

  #keep({ buffer }: Uint8Array): void {
    if (buffer.byteLength <= MAX_SPARE_BYTES) this.#spare = new Uint8Array(buffer)
  }

  async #send(request: Uint8Array, signal: AbortSignal): Promise<AttemptResult> {
    for (let retries = 0; ; retries++) {
      const result = await attempt(this.#target, request, this.#timeoutMillis, signal)
      if (result.kind !== 'retryable' || signal.aborted) return result
      await this.#pause(retryDelay(retries, result.retryAfterMillis, this.#random()), signal)
      if (signal.aborted) return result
    }
  }

  #pause(millis: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const cancel = this.#clock.deadline(millis, end)
      signal.addEventListener('abort', end)
    })
  }
}

const TOO_LARGE: AttemptResult = { kind: 'too_large' }
