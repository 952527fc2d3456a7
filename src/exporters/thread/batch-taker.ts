import { LossEncoder } from '../otlp/loss-encoder.js'
import { InFlightSlots } from './in-flight-slots.js'
import { type FoundBatch, RingConsumer, type TakeLimits, type TakeObserver } from './ring-consumer.js'
import type { RingSetup } from './ring-setup.js'
import { SharedAccounts, type ToldLoss } from './shared-accounts.js'

/** A batch that was being delivered at so many deaths is given up: it may be what the consumer dies of. */
const MAX_DEATHS = 3

/**
 * Takes batches from a ring into in-flight slots, and keeps the accounts in step: whoever reads those sees each record
 * in the queue or in flight, and a thread that dies at any moment leaves what its successor needs to carry on.
 */
export class BatchTaker {
  readonly #consumer: RingConsumer
  readonly #accounts: SharedAccounts
  readonly #slots: InFlightSlots
  readonly #losses = new LossEncoder()

  constructor({ ring, slots, accounts }: Pick<RingSetup, 'ring' | 'slots' | 'accounts'>) {
    this.#consumer = new RingConsumer(ring)
    this.#accounts = new SharedAccounts(accounts)
    this.#slots = new InFlightSlots(slots)
  }

  /** Whether nothing is queued. */
  get isEmpty(): boolean {
    return this.#consumer.isEmpty
  }

  /** The sequence number of the record that will be added next. */
  get nextSequence(): number {
    return this.#consumer.nextSequence
  }

  /** Takes a batch into a slot that is not in use; `undefined` if the limits allow none. */
  take(slot: number, limits: TakeLimits): FoundBatch | undefined {
    return this.#consumer.take(this.#slots.copy(slot), limits, this.#observe(slot))
  }

  /** The same, step by step (see `RingConsumer.takeSteps`). */
  takeSteps(slot: number, limits: TakeLimits): ReturnType<RingConsumer['takeSteps']> {
    return this.#consumer.takeSteps(this.#slots.copy(slot), limits, this.#observe(slot))
  }

  /**
   * Brings to an end what a consumer that died may have been in the middle of, so that the next one finds batches that
   * are either in the queue or in a slot, and so that nobody has to wait for that one: no claim is left to hold evictions
   * up, and no change of the accounts to hold up their readers. On any thread, as long as there is no consumer.
   *
   * @returns how many records failed, since their batch was being delivered at too many deaths.
   */
  recover(): number {
    for (let slot = 0; slot < this.#slots.slots; slot++) {
      const place = this.#slots.unfinished(slot)
      if (place === undefined) continue
      if (this.#consumer.finish(place, this.#slots.copy(slot))) {
        this.#tellLoss(slot)
        this.#slots.complete(slot)
      } else {
        this.#slots.strike(slot)
      }
    }
    this.#accounts.endChange()
    this.#consumer.release()
    let failed = 0
    for (let slot = 0; slot < this.#slots.slots; slot++) {
      const pending = this.#slots.pending(slot)
      if (pending === 0 || this.#slots.deliveries(slot) < MAX_DEATHS) continue
      this.#slots.settle(slot, 0, pending)
      failed += pending
    }
    return failed
  }

  #observe(slot: number): TakeObserver {
    return {
      beforeSwap: (batch, start) => {
        this.#accounts.beginChange()
        this.#slots.note(slot, batch, this.#mark(slot, start))
      },
      afterSwap: (swapped) => {
        if (swapped) this.#tellLoss(slot)
        else this.#slots.strike(slot)
        this.#accounts.endChange()
      },
      afterCopy: () => this.#slots.complete(slot),
    }
  }

  /** Writes a marker before the batch of a slot if records are missing there; what the stream tells of then. */
  #mark(slot: number, start: number): ToldLoss | undefined {
    const { untold, told } = this.#accounts
    if (untold === 0) return undefined
    this.#slots.mark(slot, this.#losses.encode(untold), start)
    return { records: (told.records + untold) | 0, markers: told.markers + 1 }
  }

  #tellLoss(slot: number): void {
    const told = this.#slots.told(slot)
    if (told !== undefined) this.#accounts.tellLoss(told)
  }
}
