import { setMaxListeners } from 'node:events'
import type { Clock } from '../../common/clock.js'
import type { EncodedBatch, EncodedContext } from '../otlp/encoded-batch.js'
import { BatchTaker } from './batch-taker.js'
import type { Delivered, Destination } from './destination.js'
import { InFlightSlots, MARKER_CONTEXT, type SlotBatch } from './in-flight-slots.js'
import { lossContext } from './loss-context.js'
import type { TakeLimits } from './ring-consumer.js'
import { CONTEXT_WORD, PAIR_WORDS } from './ring-index.js'
import type { RingSetup } from './ring-setup.js'
import { SharedAccounts } from './shared-accounts.js'
import { SharedDurations } from './shared-durations.js'
import { MAX_QUEUE_RECORDS } from './shared-ring.js'
import { slotRecords } from './slot-records.js'

/** How often the consumer looks for records at the most while there are any, in milliseconds. */
const SHORTEST_DELAY_MILLIS = 2

/** For the compiler: a record is taken only when its context is known. */
const NO_CONTEXT: EncodedContext = {
  resource: new Uint8Array(),
  resourceSchemaUrl: new Uint8Array(),
  scope: new Uint8Array(),
  scopeSchemaUrl: new Uint8Array(),
}

/** What the thread of the producer is told, besides what it reads in shared memory. */
export interface RingDrainEvents {
  /** Records have left the queue or are done with, and somebody waits for that. */
  moved(): void
  /** Records failed. */
  failed(records: number, reason: string): void
}

/**
 * The consumer of one ring: takes batches when they are due, up to `concurrency` at a time, and has them delivered.
 *
 * While records come it looks for them when it is woken, which is once a batch, and at every scheduled delay. When
 * none came for a whole delay it dozes until the next one comes.
 */
export class RingDrain {
  readonly #setup: RingSetup
  readonly #taker: BatchTaker
  readonly #limits: TakeLimits
  readonly #accounts: SharedAccounts
  readonly #slots: InFlightSlots
  readonly #durations: SharedDurations
  readonly #destination: Destination
  readonly #contexts: ReadonlyMap<number, EncodedContext>
  readonly #events: RingDrainEvents
  readonly #clock: Clock
  readonly #giveUp = new AbortController()
  /** Those under way: the destination may read their batches. */
  readonly #deliveries = new Set<Promise<void>>()
  /** Records before this one had waited when it looked last: they go, as slots become free. */
  #dueBefore: number | undefined
  /** Ends the wait for a slot. */
  #carryOn: (() => void) | undefined
  /** Calls off what wakes it for the next look: one timer for many sleeps, which end with a batch as a rule. */
  #alarm: (() => void) | undefined

  constructor(
    setup: RingSetup,
    destination: Destination,
    contexts: ReadonlyMap<number, EncodedContext>,
    events: RingDrainEvents,
    clock: Clock,
  ) {
    this.#setup = setup
    this.#taker = new BatchTaker(setup)
    const { maxRecords, maxBytes } = setup.slots
    this.#limits = {
      maxRecords,
      maxBytes,
      minRecords: (first) => (this.#isDue(first) ? 1 : maxRecords),
      isReady: (context) => contexts.has(context),
    }
    this.#accounts = new SharedAccounts(setup.accounts)
    this.#slots = new InFlightSlots(setup.slots)
    this.#durations = new SharedDurations(setup.durations)
    this.#destination = destination
    this.#contexts = contexts
    this.#events = events
    this.#clock = clock
    // Each delivery listens: Node.js would warn of more than ten at a time.
    setMaxListeners(0, this.#giveUp.signal)
  }

  /**
   * Drains the ring until it is stopped. What a consumer before this one had in flight is delivered first; that one must
   * be dead, and what it was in the middle of brought to an end (see `BatchTaker.recover`).
   */
  async run(): Promise<void> {
    for (let slot = 0; slot < this.#slots.slots; slot++) if (this.#slots.isInUse(slot)) this.#deliver(slot)
    const delay = Math.max(SHORTEST_DELAY_MILLIS, this.#setup.scheduledDelayMillis)
    let nextLook = this.#clock.now() + delay
    while (!this.#giveUp.signal.aborted) {
      const wakes = this.#accounts.wakes
      const now = this.#clock.now()
      const isLook = now >= nextLook
      if (isLook) {
        nextLook = now + delay
        this.#dueBefore = this.#taker.nextSequence
      }
      const took = this.#takeDue()
      const isQuiet = isLook && !took && this.#taker.isEmpty
      if (this.#slots.free === undefined) {
        // Nothing can be taken before something is settled, so nobody has to pay for waking this.
        await new Promise<void>((resolve) => {
          this.#carryOn = resolve
        })
      } else if (isQuiet) {
        this.#callOffAlarm()
        this.#accounts.doze()
        // A record that came before it was known that this dozes has woken nobody.
        if (this.#taker.isEmpty) await this.#accounts.sleep(wakes)
        this.#accounts.stayAwake()
        nextLook = this.#clock.now() + delay
      } else {
        this.#setAlarm(nextLook - now)
        await this.#accounts.sleep(wakes)
      }
    }
  }

  /** Records that could not go before may go now: their context has become known. */
  lookAgain(): void {
    this.#accounts.wake()
  }

  /** Has the destination finish what it keeps back itself. */
  async finish(how: 'forceFlush' | 'shutdown'): Promise<void> {
    await this.#destination[how]?.()
  }

  /**
   * Stops for good; what is in flight is left as it is. Resolves when nothing touches the memory of ring and slots any
   * more.
   */
  async stop(): Promise<void> {
    this.#giveUp.abort()
    this.#callOffAlarm()
    this.#look()
    this.#destination.close()
    await Promise.all(this.#deliveries)
  }

  /** Has it woken for the next look, or before: who wakes early sets the alarm anew. */
  #setAlarm(millis: number): void {
    this.#alarm ??= this.#clock.after(Math.max(1, millis), () => {
      this.#alarm = undefined
      this.#accounts.wake()
    })
  }

  #callOffAlarm(): void {
    this.#alarm?.()
    this.#alarm = undefined
  }

  /** Takes what is due: full batches, what has waited, and whatever is urged. */
  #takeDue(): boolean {
    let took = false
    for (let slot = this.#slots.free; slot !== undefined; slot = this.#slots.free) {
      if (this.#taker.take(slot, this.#limits) === undefined) break
      took = true
      this.#tellMoved()
      this.#deliver(slot)
    }
    return took
  }

  /** Whether the record with this sequence number need not wait for others. */
  #isDue(sequence: number): boolean {
    return isBefore(sequence, this.#dueBefore) || isBefore(sequence, this.#accounts.urgedBefore)
  }

  #deliver(slot: number): void {
    this.#slots.begin(slot)
    const batch = this.#slots.batch(slot)
    const unsettled = this.#recordsOf(batch).slice(this.#slots.settled(slot))
    let left = unsettled.length
    const start = this.#clock.now()
    const settle = (delivered: Delivered) => {
      left -= delivered.exported + delivered.failed
      if (left === 0) {
        this.#durations.add({ seconds: (this.#clock.now() - start) / 1_000, status: statusOf(delivered) })
      }
      this.#settle(slot, delivered)
    }
    const delivery = this.#destination.deliver(unsettled, settle, this.#giveUp.signal)
    this.#deliveries.add(delivery)
    void delivery.then(() => this.#deliveries.delete(delivery))
  }

  #recordsOf(batch: SlotBatch): EncodedBatch {
    const contextOf = (id: number) => this.#contexts.get(id) ?? NO_CONTEXT
    return slotRecords(batch, (id) => {
      if (id !== MARKER_CONTEXT) return contextOf(id)
      return lossContext(contextOf(batch.index[PAIR_WORDS + CONTEXT_WORD] ?? 0))
    })
  }

  #settle(slot: number, { exported, failed, reason }: Delivered): void {
    if (this.#giveUp.signal.aborted) return
    this.#slots.settle(slot, exported, failed)
    // Before it is told that they moved: who waits for that knows then why they did not arrive.
    if (failed > 0) this.#events.failed(failed, reason ?? 'unknown')
    this.#tellMoved()
    // The slot may be free now: there may be a batch for it.
    this.#look()
  }

  #look(): void {
    this.#carryOn?.()
    this.#accounts.wake()
  }

  #tellMoved(): void {
    this.#accounts.tellMoved()
    if (this.#accounts.isWatched) this.#events.moved()
  }
}

/** Sequence numbers start over: a mark further ahead than any queue is long is one of long ago. */
function isBefore(sequence: number, mark: number | undefined): boolean {
  if (mark === undefined) return false
  const ahead = (mark - sequence) >>> 0
  return ahead > 0 && ahead <= MAX_QUEUE_RECORDS
}

/** The HTTP status of the answer that settled records; 0 if none did. */
function statusOf({ reason }: Delivered): number {
  return reason === undefined || reason === 'rejected' ? 200 : Number(reason) || 0
}
