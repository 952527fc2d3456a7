import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { otlp } from 'otel-sluice'
import { encodeContext } from '#src/exporters/otlp/context-encoder.js'
import type { EncodedBatch, EncodedContext } from '#src/exporters/otlp/encoded-batch.js'
import { BatchTaker } from '#src/exporters/thread/batch-taker.js'
import type { Delivered, Destination } from '#src/exporters/thread/destination.js'
import { createSlots, InFlightSlots } from '#src/exporters/thread/in-flight-slots.js'
import { RingDrain } from '#src/exporters/thread/ring-drain.js'
import type { RingSetup } from '#src/exporters/thread/ring-setup.js'
import { createAccounts, SharedAccounts } from '#src/exporters/thread/shared-accounts.js'
import { createDurations } from '#src/exporters/thread/shared-durations.js'
import { createRing, RingProducer } from '#src/exporters/thread/shared-ring.js'
import { logRecord } from '../../support/log-records.js'
import { ManualClock } from '../../support/manual-clock.js'
import { until } from '../../support/turns.js'

const KNOWN = 0
const UNKNOWN = 1
const DELAY_MILLIS = 2
const BATCH = 3

/** A delivery that is under way. */
interface Delivery {
  /** The first byte of each record: its number. */
  readonly numbers: readonly number[]
  readonly settle: (delivered: Delivered) => void
  readonly signal: AbortSignal
}

class ScriptedDestination implements Destination {
  readonly deliveries: Delivery[] = []
  /** When it lets go of the batches it has. */
  letsGo = Promise.resolve()

  async deliver(
    batch: EncodedBatch,
    settle: (delivered: Delivered) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const numbers = Array.from(batch.records(), ({ start }) => batch.bytes[start] ?? -1)
    this.deliveries.push({ numbers, settle, signal })
    await this.letsGo
  }

  close(): void {}

  /** Everything that came, in its order. */
  get numbers(): readonly (readonly number[])[] {
    return this.deliveries.map(({ numbers }) => numbers)
  }
}

/** The contexts the drain knows; each question for one shows that it has looked at the queue. */
class CountedContexts extends Map<number, EncodedContext> {
  looks = 0

  override has(id: number): boolean {
    this.looks++
    return super.has(id)
  }
}

describe('RingDrain', () => {
  let setup: RingSetup
  let producer: RingProducer
  let accounts: SharedAccounts
  let slots: InFlightSlots
  let clock: ManualClock
  let contexts: CountedContexts
  let destination: ScriptedDestination
  let events: string[]
  let drains: RingDrain[]
  let added: number

  function open(concurrency = 1): void {
    setup = {
      id: 0,
      ring: createRing({ records: 256, bytes: 4_096, recordBytes: 256, slackRecords: 64, slackBytes: 1_024 }),
      slots: createSlots({ slots: concurrency, records: BATCH, bytes: 1_024 }),
      accounts: createAccounts(),
      durations: createDurations(),
      scheduledDelayMillis: DELAY_MILLIS,
      exportTimeoutMillis: 1_000,
      destination: otlp(),
    }
    producer = new RingProducer(setup.ring)
    accounts = new SharedAccounts(setup.accounts)
    slots = new InFlightSlots(setup.slots)
  }

  /** A drain begins, with a destination of its own. */
  function start(): RingDrain {
    destination = new ScriptedDestination()
    const tell = {
      moved: () => events.push('moved'),
      failed: (records: number, reason: string) => events.push(`${records} failed: ${reason}`),
    }
    const drain = new RingDrain(setup, destination, contexts, tell, clock)
    drains.push(drain)
    void drain.run()
    return drain
  }

  /** What a producer does, but for waking the drain once a batch. */
  function add(count: number, context = KNOWN): void {
    const data = new Uint8Array(setup.ring.data)
    for (let i = 0; i < count; i++) {
      data[producer.recordStart] = added++
      producer.add(1, context)
    }
    accounts.wakeFromDoze()
  }

  /** The drain has looked at what is queued since this was called, and taken it, or left it where it is. */
  async function looked(): Promise<void> {
    // It may be in the middle of a look.
    for (let i = 0; i < 2; i++) {
      const { looks } = contexts
      accounts.wake()
      await until(() => contexts.looks > looks)
    }
  }

  const delivered = (count: number) => until(() => destination.deliveries.length >= count)

  function settle(index: number, exported: number, failed = 0, reason?: string): void {
    destination.deliveries[index]?.settle({ exported, failed, ...(reason === undefined ? {} : { reason }) })
  }

  beforeEach(() => {
    const { resource, instrumentationScope } = logRecord()
    clock = new ManualClock()
    contexts = new CountedContexts([[KNOWN, encodeContext(resource, instrumentationScope)]])
    events = []
    drains = []
    added = 0
    open()
  })

  afterEach(() => {
    for (const drain of drains) void drain.stop()
  })

  it('lets as many deliveries listen for its end as there are, without a warning of Node.js', async () => {
    start()
    add(BATCH)
    accounts.wake()
    await delivered(1)
    const warnings: string[] = []
    const note = ({ name }: Error) => warnings.push(name)
    process.on('warning', note)
    for (let i = 0; i < 20; i++) destination.deliveries[0]?.signal.addEventListener('abort', () => i)
    await nextTurn()
    process.off('warning', note)
    deepStrictEqual(warnings, [])
  })

  describe('carries on where another one died:', () => {
    it('delivers what was in flight, before anything else', async () => {
      const first = start()
      add(4)
      accounts.wake()
      await delivered(1)
      void first.stop()
      start()
      await delivered(1)
      deepStrictEqual(destination.numbers, [[0, 1, 2]])
      settle(0, 3)
      accounts.urge(producer.nextSequence)
      await delivered(2)
      deepStrictEqual(destination.numbers, [[0, 1, 2], [3]])
    })

    it('delivers only what was not settled', async () => {
      const first = start()
      add(3)
      accounts.wake()
      await delivered(1)
      settle(0, 1, 1, 'rejected')
      void first.stop()
      settle(0, 1)
      start()
      await delivered(1)
      deepStrictEqual(destination.numbers, [[2]])
      settle(0, 1)
      deepStrictEqual(slots.counts, { inFlight: 0, exported: 2, failed: 1 })
    })

    it('a batch in flight at three deaths is not delivered any more: it failed', async () => {
      add(4)
      for (let deaths = 1; deaths <= 3; deaths++) {
        const drain = start()
        accounts.urge(producer.nextSequence)
        await delivered(1)
        deepStrictEqual(destination.numbers, [[0, 1, 2]])
        if (deaths === 3) settle(0, 1)
        void drain.stop()
        strictEqual(new BatchTaker(setup).recover(), deaths < 3 ? 0 : 2)
        destination.deliveries.splice(0)
      }
      deepStrictEqual(slots.counts, { inFlight: 0, exported: 1, failed: 2 })
      start()
      await delivered(1)
      deepStrictEqual(destination.numbers, [[3]])
    })

    it('a batch is delivered, however many died before they came to it', async () => {
      add(3)
      new BatchTaker(setup).take(0, {
        maxRecords: BATCH,
        maxBytes: 1_024,
        minRecords: () => 1,
        isReady: () => true,
      })
      for (let deaths = 0; deaths < 5; deaths++) strictEqual(new BatchTaker(setup).recover(), 0)
      start()
      await delivered(1)
      deepStrictEqual(destination.numbers, [[0, 1, 2]])
    })

    for (const steps of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      it(`each record once, if that one died after ${steps} steps of taking a batch`, async () => {
        add(5)
        const limits = { maxRecords: BATCH, maxBytes: 1_024, minRecords: () => 1, isReady: () => true }
        const taking = new BatchTaker(setup).takeSteps(0, limits)
        for (let i = 0; i < steps; i++) taking.next()
        strictEqual(new BatchTaker(setup).recover(), 0)
        accounts.urge(producer.nextSequence)
        start()
        await delivered(1)
        settle(0, 3)
        await delivered(2)
        deepStrictEqual(destination.numbers, [
          [0, 1, 2],
          [3, 4],
        ])
        // Readers are not held up by the change that was begun and never ended.
        const inFlight = accounts.consistently(() => slots.counts.inFlight)
        deepStrictEqual([inFlight, producer.records], [2, 0])
        strictEqual(producer.room, 256)
      })
    }
  })

  it('leaves alone what is in flight once it is stopped, and counts nothing any more', async () => {
    const drain = start()
    add(3)
    accounts.wake()
    await delivered(1)
    void drain.stop()
    settle(0, 3)
    ok(destination.deliveries[0]?.signal.aborted)
    deepStrictEqual(slots.counts, { inFlight: 3, exported: 0, failed: 0 })
  })

  it('is stopped when the destination has let go of the batches in flight', async () => {
    const drain = start()
    let letGo = () => {}
    destination.letsGo = new Promise((resolve) => {
      letGo = resolve
    })
    add(3)
    accounts.wake()
    await delivered(1)
    settle(0, 3)
    void drain.stop().then(() => events.push('stopped'))
    await nextTurn()
    deepStrictEqual(events, [])
    letGo()
    await nextTurn()
    deepStrictEqual(events, ['stopped'])
  })

  it('leaves fewer records than a batch has, until the delay is over', async () => {
    start()
    add(2)
    await looked()
    deepStrictEqual(destination.numbers, [])
    await clock.advance(DELAY_MILLIS)
    await delivered(1)
    deepStrictEqual(destination.numbers, [[0, 1]])
  })

  it('takes all that has waited when the delay is over, one batch behind the other', async () => {
    start()
    add(BATCH + 1)
    await clock.advance(DELAY_MILLIS)
    await delivered(1)
    settle(0, BATCH)
    await delivered(2)
    deepStrictEqual(destination.numbers, [[0, 1, 2], [3]])
    settle(1, 1)
    add(1)
    await looked()
    deepStrictEqual(destination.numbers.length, 2, 'what has not waited for it is left to the next time')
    add(BATCH)
    accounts.wake()
    await delivered(3)
    settle(2, BATCH)
    await looked()
    deepStrictEqual(destination.numbers.slice(2), [[4, 5, 6]], 'also when a full batch has gone since')
  })

  it('takes what has waited as soon as there is a slot, if all were in use when the delay was over', async () => {
    start()
    add(BATCH)
    accounts.wake()
    await delivered(1)
    add(1)
    await clock.advance(DELAY_MILLIS)
    // It looks, and finds the slot in use still.
    settle(0, 1)
    await nextTurn()
    settle(0, BATCH - 1)
    await delivered(2)
    deepStrictEqual(destination.numbers, [[0, 1, 2], [3]])
  })

  it('takes what has waited into all slots, and into those that become free', async () => {
    open(2)
    start()
    add(2 * BATCH + 2)
    await clock.advance(DELAY_MILLIS)
    await delivered(2)
    settle(1, BATCH)
    await delivered(3)
    deepStrictEqual(destination.numbers, [
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ])
  })

  it('takes full batches when it is woken, and leaves the rest', async () => {
    open(3)
    start()
    add(8)
    await looked()
    deepStrictEqual(destination.numbers, [
      [0, 1, 2],
      [3, 4, 5],
    ])
    await clock.advance(DELAY_MILLIS)
    await delivered(3)
    deepStrictEqual(destination.numbers[2], [6, 7])
  })

  it('takes what is urged at once', async () => {
    start()
    add(1)
    accounts.urge(producer.nextSequence)
    await delivered(1)
    settle(0, 1)
    add(1)
    await looked()
    deepStrictEqual(destination.numbers, [[0]], 'what came after the mark is not urged')
  })

  it('has as many deliveries under way as it has slots, and goes on when one is settled', async () => {
    open(2)
    start()
    add(9)
    accounts.wake()
    await delivered(2)
    deepStrictEqual([producer.records, slots.counts.inFlight], [3, 6])
    settle(1, 2)
    deepStrictEqual(slots.free, undefined, 'one record of it is under way still')
    settle(1, 1)
    await delivered(3)
    deepStrictEqual(destination.numbers[2], [6, 7, 8])
  })

  it('holds back records whose context is not known, and those behind them, even if they are urged', async () => {
    start()
    add(1)
    add(1, UNKNOWN)
    add(1)
    accounts.urge(producer.nextSequence)
    await delivered(1)
    deepStrictEqual(destination.numbers, [[0]])
    settle(0, 1)
    await looked()
    await clock.advance(DELAY_MILLIS)
    await looked()
    deepStrictEqual(destination.numbers, [[0]])
    contexts.set(UNKNOWN, encodeContext(logRecord().resource, { name: 'late' }))
    drains[0]?.lookAgain()
    await delivered(2)
    deepStrictEqual(destination.numbers, [[0], [1, 2]])
  })

  it('dozes when nothing came for a whole delay, and wakes for the next record', async () => {
    start()
    // The last of the signals says so, with 64 bytes to itself.
    const dozed = () => new Int32Array(setup.accounts.signals).at(-16) === 1
    await clock.advance(DELAY_MILLIS)
    await until(dozed)
    add(1)
    ok(!dozed())
    await until(() => contexts.looks > 0)
    await clock.advance(DELAY_MILLIS)
    await delivered(1)
    deepStrictEqual(destination.numbers, [[0]])
  })

  it('has one timer, however many batches it is woken for, and none when it dozes or is stopped', async () => {
    const drain = start()
    for (let i = 0; i < 5; i++) {
      add(BATCH)
      accounts.wake()
      await delivered(i + 1)
      settle(i, BATCH)
      await nextTurn()
      strictEqual(clock.pendingTimers, 1)
    }
    await clock.advance(DELAY_MILLIS)
    await until(() => clock.pendingTimers === 0)
    add(1)
    await until(() => clock.pendingTimers === 1)
    void drain.stop()
    strictEqual(clock.pendingTimers, 0)
  })

  it('tells of failures always, and of movements when somebody waits for them', async () => {
    start()
    add(3)
    accounts.wake()
    await delivered(1)
    settle(0, 0, 1, '500')
    settle(0, 0, 1)
    accounts.watch()
    settle(0, 1)
    accounts.unwatch()
    deepStrictEqual(events, ['1 failed: 500', '1 failed: unknown', 'moved'])
  })
})

/** All ways to run the steps of two threads, one after the other. */
function* interleavings(first: number, second: number): Generator<readonly boolean[]> {
  if (first === 0 && second === 0) yield []
  if (first > 0) for (const rest of interleavings(first - 1, second)) yield [true, ...rest]
  if (second > 0) for (const rest of interleavings(first, second - 1)) yield [false, ...rest]
}

describe('The doze of a drain', () => {
  /** Whether the drain sleeps on, with a record in the queue and nobody who would wake it. */
  function isLost(order: readonly boolean[], looksOnceMore: boolean): boolean {
    const ring = createRing({ records: 8, bytes: 256, recordBytes: 64, slackRecords: 8, slackBytes: 64 })
    const producer = new RingProducer(ring)
    const accountsMemory = createAccounts()
    const accounts = new SharedAccounts(accountsMemory)
    const taker = new BatchTaker({
      ring,
      accounts: accountsMemory,
      slots: createSlots({ slots: 1, records: 8, bytes: 64 }),
    })
    let wakes = 0
    let isQuiet = false
    let sleeps = false
    // As `RingDrain.run` has it.
    const drain = [
      () => {
        wakes = accounts.wakes
      },
      () => {
        isQuiet = taker.isEmpty
      },
      () => {
        if (isQuiet) accounts.doze()
      },
      () => {
        sleeps = isQuiet && (taker.isEmpty || !looksOnceMore)
      },
      () => {
        // `Atomics.waitAsync` compares and sleeps in one step.
        sleeps = sleeps && accounts.wakes === wakes
      },
    ]
    const emitting = [
      () => producer.add(1, 0),
      () => accounts.wakeFromDoze(),
      () => producer.add(1, 0),
      () => accounts.wakeFromDoze(),
    ]
    for (const isDrain of order) {
      if (isDrain) drain.shift()?.()
      else emitting.shift()?.()
    }
    return sleeps && accounts.wakes === wakes
  }

  it('would lose a wake-up if it did not look at the queue once more', () => {
    ok([...interleavings(5, 4)].some((order) => isLost(order, false)))
  })

  it('loses none, in whatever order both threads run', () => {
    const orders = [...interleavings(5, 4)]
    strictEqual(orders.length, 126)
    deepStrictEqual(
      orders.filter((order) => isLost(order, true)),
      [],
    )
  })
})
