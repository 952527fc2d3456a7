import { EventEmitter } from 'node:events'
import type { Clock } from '#src/common/clock.js'
import type { Destination } from '#src/exporters/thread/destination.js'
import { InFlightSlots } from '#src/exporters/thread/in-flight-slots.js'
import { RingDrains } from '#src/exporters/thread/ring-drains.js'
import type { RingSetup } from '#src/exporters/thread/ring-setup.js'
import type { WorkerThread } from '#src/exporters/thread/start-export-worker.js'
import type { ToThread } from '#src/exporters/thread/thread-messages.js'
import { until } from './turns.js'

/**
 * What the export thread does for one ring, done on the test's own thread, with a destination and a clock of the
 * test's: ring, slots, accounts and messages are the real ones, and nothing happens but when the test lets the event
 * loop turn.
 *
 * What waits with `Atomics.wait` cannot be tested with it: nobody would move meanwhile.
 */
export class WorkerOnThisThread extends EventEmitter implements WorkerThread {
  readonly #drains: RingDrains
  /** Those of the ring that is attached. */
  #slots: InFlightSlots | undefined
  /** How often the drain asked for the time, as it does whenever it looks at its ring. */
  #looks = 0
  /** How often something was brought to a destination, or settled by it. */
  #deliveries = 0

  /** @param openDestination what stands for the destination that a setup describes. */
  constructor(openDestination: (setup: RingSetup) => Destination, clock: Clock) {
    super()
    const counting: Clock = {
      now: () => {
        this.#looks++
        return clock.now()
      },
      after: (millis, callback) => clock.after(millis, callback),
      deadline: (millis, callback) => clock.deadline(millis, callback),
      nextTurn: (callback) => clock.nextTurn(callback),
    }
    this.#drains = new RingDrains(
      async (setup) => this.#counted(openDestination(setup)),
      (message) => queueMicrotask(() => this.emit('message', structuredClone(message))),
      counting,
    )
  }

  postMessage(message: ToThread): void {
    const received = structuredClone(message)
    if (received.type === 'attach') this.#slots = new InFlightSlots(received.setup.slots)
    if (received.type === 'detach') this.#slots = undefined
    queueMicrotask(() => this.#drains.receive(received))
  }

  unref(): void {}

  /** The ring was detached before. */
  async terminate(): Promise<void> {}

  /**
   * Has the drain look at its ring, as it would when the time that it sleeps is over, and again while something goes;
   * resolves when nothing does. While all slots are in use it does not look.
   */
  async settle(): Promise<void> {
    for (let before = -1; before !== this.#deliveries; ) {
      before = this.#deliveries
      const looks = this.#looks
      this.#drains.lookAgain()
      await until(() => this.#looks > looks || this.#slots?.free === undefined)
    }
  }

  #counted(destination: Destination): Destination {
    return {
      deliver: (batch, settle, signal) => {
        this.#deliveries++
        const counted: typeof settle = (delivered) => {
          this.#deliveries++
          settle(delivered)
        }
        return destination.deliver(batch, counted, signal)
      },
      close: () => destination.close(),
    }
  }
}
