import type { Clock } from '../../common/clock.js'
import { failureReason } from '../failure-reason.js'
import type { EncodedContext } from '../otlp/encoded-batch.js'
import type { Destination } from './destination.js'
import { RingDrain, type RingDrainEvents } from './ring-drain.js'
import type { RingSetup } from './ring-setup.js'
import type { FinishMessage, FromThread, ToThread } from './thread-messages.js'

/** What the export thread does: it drains all rings that it is told of. */
export class RingDrains {
  readonly #openDestination: (setup: RingSetup) => Promise<Destination>
  readonly #tell: (message: FromThread) => void
  readonly #clock: Clock
  readonly #contexts = new Map<number, EncodedContext>()
  readonly #drains = new Map<number, Promise<RingDrain>>()

  /** @param openDestination makes the destination that a ring's setup describes; never rejects. */
  constructor(
    openDestination: (setup: RingSetup) => Promise<Destination>,
    tell: (message: FromThread) => void,
    clock: Clock,
  ) {
    this.#openDestination = openDestination
    this.#tell = tell
    this.#clock = clock
  }

  receive(message: ToThread): void {
    switch (message.type) {
      case 'attach': {
        const drain = this.#open(message.setup)
        this.#drains.set(message.setup.id, drain)
        void drain.then((opened) => opened.run())
        break
      }
      case 'detach':
        void this.#detach(message.id)
        break
      case 'finish':
        void this.#finish(message)
        break
      case 'context':
        this.#contexts.set(message.id, message.context)
        this.lookAgain()
        break
    }
  }

  /** Every ring is looked at. */
  lookAgain(): void {
    for (const drain of this.#drains.values()) void drain.then((opened) => opened.lookAgain())
  }

  async #detach(id: number): Promise<void> {
    const drain = this.#drains.get(id)
    this.#drains.delete(id)
    await (await drain)?.stop()
    this.#tell({ type: 'detached', ring: id })
  }

  async #finish({ id, call, how }: FinishMessage): Promise<void> {
    try {
      await (await this.#drains.get(id))?.finish(how)
      this.#tell({ type: 'finished', call })
    } catch (error) {
      this.#tell({ type: 'finished', call, failure: failureReason(error) })
    }
  }

  async #open(setup: RingSetup): Promise<RingDrain> {
    const events: RingDrainEvents = {
      moved: () => this.#tell({ type: 'moved', ring: setup.id }),
      failed: (records, reason) => this.#tell({ type: 'failed', ring: setup.id, records, reason }),
    }
    return new RingDrain(setup, await this.#openDestination(setup), this.#contexts, events, this.#clock)
  }
}
