import assert from 'node:assert/strict'
import fc from 'fast-check'
import { BatchTaker } from '#src/exporters/thread/batch-taker.js'
import { createSlots, InFlightSlots } from '#src/exporters/thread/in-flight-slots.js'
import type { TakeLimits } from '#src/exporters/thread/ring-consumer.js'
import { RingIndex } from '#src/exporters/thread/ring-index.js'
import { createAccounts } from '#src/exporters/thread/shared-accounts.js'
import {
  after,
  CLAIM,
  createRing,
  evictedUpTo,
  HEAD,
  positionOf,
  type RingBounds,
  RingProducer,
  TAKEN,
} from '#src/exporters/thread/shared-ring.js'
import { checkedRecords, fillRecord } from '../../support/ring-content.js'

interface Shape {
  readonly bounds: RingBounds
  readonly maxRecords: number
  /** The sequence number the ring starts with: near the end of all positions or numbers, they start over. */
  readonly firstSequence: number
  /** Where the bytes of the first record begin: the same goes for these. */
  readonly firstStart: number
}

/** A ring with both its ends on one thread, and a model of what has to be where. */
class Simulation {
  readonly #shape: Shape
  readonly #data: Uint8Array
  readonly #slots: InFlightSlots
  readonly #setup
  readonly producer: RingProducer
  readonly limits: TakeLimits
  #taker: BatchTaker
  /** The taking that is under way, and how far it is. */
  #taking: ReturnType<BatchTaker['takeSteps']> | undefined
  #step = 'none'
  /** Whether anything was queued when the consumer looked for a batch. */
  #wasQueued = false
  added = 0
  evicted = new Set<number>()
  /** Every record that was taken, in the order of batches. */
  taken: number[] = []
  #nextOfBatch: number

  constructor(shape: Shape) {
    this.#shape = shape
    const ring = createRing(shape.bounds)
    const control = new Int32Array(ring.control)
    control[HEAD] = shape.firstSequence
    control[TAKEN] = positionOf(shape.firstSequence)
    const index = new RingIndex(ring.index)
    index.add(shape.firstSequence - 1, 0, shape.firstStart)
    this.#data = new Uint8Array(ring.data)
    this.#nextOfBatch = shape.firstSequence
    const slots = createSlots({ slots: 1, records: shape.maxRecords, bytes: shape.bounds.slackBytes })
    this.#setup = { ring, slots, accounts: createAccounts() }
    this.#slots = new InFlightSlots(slots)
    this.producer = new RingProducer(ring)
    this.#taker = new BatchTaker(this.#setup)
    this.limits = {
      maxRecords: shape.maxRecords,
      maxBytes: slots.maxBytes,
      minRecords: () => 1,
      isReady: () => true,
    }
  }

  /** Adds a record if there is memory for it; the consumer may act while it is written and before it is known. */
  add(bytes: number, stepsMeanwhile: number, evicts: boolean): boolean {
    const { producer } = this
    const start = producer.recordStart
    if (producer.room < bytes) return false
    const sequence = producer.nextSequence
    this.steps(stepsMeanwhile & 3)
    fillRecord(this.#data, start, bytes, sequence)
    this.steps(stepsMeanwhile >> 2)
    const isWithin = () => producer.isWithin(Infinity, this.#shape.bounds.bytes - bytes)
    while (evicts && !isWithin() && this.evict());
    assert.equal(producer.add(bytes, sequence % 7), sequence)
    this.added++
    return true
  }

  get pairs(): number {
    return new RingIndex(this.#setup.ring.index).mask + 1
  }

  fill(bytes: number): void {
    const { pairs } = this
    for (let i = 0; this.add(bytes, 0, false); i++) assert.ok(i < pairs, 'no ring takes more')
  }

  evict(): boolean {
    const oldest = this.producer.firstSequence
    if (this.producer.evict() === undefined) return false
    this.evicted.add(oldest)
    return true
  }

  /** Half an eviction, then the consumer acts, then the other half: `RingProducer.evict` with what may happen inside. */
  evictAround(stepsMeanwhile: number): void {
    const { ring } = this.#setup
    const control = new Int32Array(ring.control)
    const taken = Atomics.load(control, TAKEN)
    const oldest = positionOf(taken)
    const sequence = this.producer.firstSequence
    if (this.producer.records === 0 || Atomics.load(control, CLAIM) === oldest) return
    const next = evictedUpTo(after(oldest, 1), taken)
    this.steps(stepsMeanwhile)
    if (Atomics.compareExchange(control, TAKEN, taken, next) === taken) this.evicted.add(sequence)
  }

  /** Has the consumer go some steps further. */
  steps(count: number): void {
    for (let i = 0; i < count; i++) {
      if (this.#taking === undefined && this.#slots.free === undefined) this.settle()
      this.#taking ??= this.#taker.takeSteps(0, this.limits)
      if (this.#step === 'claimed') this.#wasQueued = this.producer.records > 0
      const { done, value } = this.#taking.next()
      if (done === true) {
        this.#taking = undefined
        this.#step = 'none'
        if (value !== undefined) this.#checkBatch()
        else if (this.limits.minRecords(0) === 1) assert.ok(!this.#wasQueued, 'there was something to take')
      } else {
        this.#step = value
      }
    }
  }

  /** The consumer dies where it stands; the next one carries on. */
  die(): void {
    if (this.#taking === undefined) return
    this.#taking = undefined
    this.#step = 'none'
    this.#taker = new BatchTaker(this.#setup)
    this.#taker.recover()
    if (this.#slots.isInUse(0)) this.#checkBatch()
  }

  /** What is in flight is delivered. */
  settle(): void {
    if (this.#taking !== undefined) return
    const { inFlight } = this.#slots.counts
    this.#slots.settle(0, inFlight, 0)
  }

  finish(): void {
    while (this.producer.records > 0 || this.#taking !== undefined) this.steps(1)
    if (this.#slots.isInUse(0)) this.settle()
  }

  check(): void {
    const { bounds } = this.#shape
    const { records, bytes, room } = this.producer
    assert.ok(room >= 0 && room <= bounds.recordBytes)
    assert.ok(bytes >= 0 && bytes <= this.#setup.ring.bytes)
    assert.ok(records < this.pairs)
    // Whatever it remembers of the consumer, it says what is so now.
    for (const [maxRecords, maxBytes] of [
      [this.limits.maxRecords, bounds.bytes],
      [records, bytes],
      [records + 1, bytes],
      [records + 1, bytes - 1],
    ] as const) {
      const expected = records < maxRecords && bytes <= maxBytes
      assert.equal(this.producer.isWithin(maxRecords, maxBytes), expected)
    }
    // Between these two a batch is in the slot's notes and, until the swap, in the queue: nobody reads the accounts.
    if (this.#step === 'noted' || this.#step === 'swapped') return
    const { inFlight, exported, failed } = this.#slots.counts
    assert.equal(records + this.evicted.size + inFlight + exported + failed, this.added)
  }

  #goOn(): void {
    this.#nextOfBatch = (this.#nextOfBatch + 1) >>> 0
  }

  #checkBatch(): void {
    const batch = this.#slots.batch(0)
    const { inFlight } = this.#slots.counts
    // Records are evicted between batches only, so a batch begins where the last one ended, or later by evictions.
    while (this.evicted.has(this.#nextOfBatch)) this.#goOn()
    const { length } = checkedRecords(batch, this.#nextOfBatch)
    assert.equal(length, inFlight)
    for (let i = 0; i < length; i++) {
      this.taken.push(this.#nextOfBatch)
      this.#goOn()
    }
  }
}

type Operation =
  | { readonly kind: 'add'; readonly bytes: number; readonly meanwhile: number; readonly evicts: boolean }
  | { readonly kind: 'fill'; readonly bytes: number }
  | { readonly kind: 'evict' | 'die' | 'settle' }
  | { readonly kind: 'steps' | 'evictAround'; readonly count: number }

function operations(maxBytes: number): fc.Arbitrary<Operation> {
  const bytes = fc.integer({ min: 1, max: maxBytes })
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('add' as const),
        bytes,
        meanwhile: fc.nat(31),
        evicts: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('fill' as const), bytes }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('evict', 'die', 'settle') }) },
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('steps' as const), count: fc.integer({ min: 1, max: 12 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('evictAround' as const),
        count: fc.integer({ min: 1, max: 8 }),
      }),
    },
  )
}

function run(shape: Shape, script: readonly Operation[]): Simulation {
  const simulation = new Simulation(shape)
  for (const operation of script) {
    switch (operation.kind) {
      case 'add':
        simulation.add(operation.bytes, operation.meanwhile, operation.evicts)
        break
      case 'fill':
        simulation.fill(operation.bytes)
        break
      case 'steps':
        simulation.steps(operation.count)
        break
      case 'evictAround':
        simulation.evictAround(operation.count)
        break
      case 'evict':
        simulation.evict()
        break
      case 'die':
        simulation.die()
        break
      case 'settle':
        simulation.settle()
        break
    }
    simulation.check()
  }
  simulation.finish()
  simulation.check()
  return simulation
}

const TINY: Shape = {
  bounds: { records: 8, bytes: 96, recordBytes: 48, slackRecords: 6, slackBytes: 64 },
  maxRecords: 3,
  firstSequence: 0,
  firstStart: 0,
}
/** One in which pairs are used up before bytes. */
const SHORT: Shape = { ...TINY, bounds: { ...TINY.bounds, records: 4, slackRecords: 2, bytes: 1_024 } }
const BIG: Shape = {
  bounds: { records: 512, bytes: 65_536, recordBytes: 4_080, slackRecords: 128, slackBytes: 16_384 },
  maxRecords: 64,
  firstSequence: 0,
  firstStart: 0,
}
/** A little before positions, sequence numbers or starts begin anew. */
const LAST_POSITIONS: Shape = { ...TINY, firstSequence: 2 ** 31 - 20, firstStart: 7 }
const LAST_NUMBERS: Shape = { ...TINY, firstSequence: 2 ** 32 - 20, firstStart: 2 ** 32 - 100 }

describe('SharedRing', () => {
  for (const [name, shape, runs, length] of [
    ['a tiny ring', TINY, 3_000, 120],
    ['a tiny ring with few pairs', SHORT, 1_500, 120],
    ['a tiny ring whose positions start over', LAST_POSITIONS, 1_500, 120],
    ['a tiny ring whose sequence numbers and bytes start over', LAST_NUMBERS, 1_500, 120],
    ['a big ring', BIG, 100, 600],
  ] as const) {
    it(`${name}: order kept, nothing torn, taken + evicted = added, wherever the consumer stops or dies`, () => {
      fc.assert(
        fc.property(
          fc.array(operations(shape.bounds.recordBytes), {
            minLength: length / 2,
            maxLength: length,
            size: 'max',
          }),
          (script) => {
            const { added, evicted, taken } = run(shape, script)
            const sequences = Array.from({ length: added }, (_, i) => (shape.firstSequence + i) >>> 0)
            const expected = sequences.filter((sequence) => !evicted.has(sequence))
            assert.deepEqual(taken, expected)
          },
        ),
        { numRuns: runs },
      )
    })
  }

  it('refuses a record that would not fit into the memory, and takes it once a batch has left', () => {
    const simulation = new Simulation(TINY)
    simulation.fill(48)
    assert.ok(simulation.producer.room < 48)
    simulation.steps(8)
    assert.ok(simulation.producer.room < 48, 'what is being copied is not free yet')
    simulation.steps(1)
    assert.equal(simulation.producer.room, 48)
  })

  it('does not evict what the consumer is about to take, and runs on into the slack', () => {
    const simulation = new Simulation(TINY)
    for (let i = 0; i < 4; i++) simulation.add(16, 0, false)
    simulation.steps(3)
    assert.equal(simulation.evict(), false)
    assert.ok(simulation.add(48, 0, true))
    assert.equal(simulation.evicted.size, 0)
    simulation.steps(2)
    assert.equal(simulation.evict(), true, 'what is behind the batch can go')
    simulation.finish()
    assert.deepEqual(simulation.taken, [0, 1, 2, 4])
  })

  it('takes a batch that is full by its bytes, however few its records', () => {
    const simulation = new Simulation(TINY)
    const limits = { ...simulation.limits, maxRecords: 100, minRecords: () => 100 }
    Object.assign(simulation, { limits })
    simulation.add(48, 0, false)
    simulation.steps(20)
    assert.deepEqual(simulation.taken, [])
    simulation.add(48, 0, false)
    simulation.steps(20)
    assert.deepEqual(simulation.taken, [0])
  })

  it('takes the longest record its bounds allow, at every place in the memory', () => {
    for (const recordBytes of [48, 49, 55]) {
      const simulation = new Simulation({
        bounds: { records: 8, bytes: 200, recordBytes, slackRecords: 4, slackBytes: recordBytes },
        maxRecords: 4,
        firstSequence: 0,
        firstStart: 0,
      })
      for (let i = 0; i < 100; i++) {
        assert.ok(simulation.add(i % 2 === 0 ? recordBytes : 1 + (i % recordBytes), 0, false))
        simulation.finish()
      }
      assert.equal(simulation.taken.length, 100)
    }
  })

  it('adds a record before one that is written already, at every place in the memory, or changes nothing', () => {
    const ring = createRing({ records: 8, bytes: 200, recordBytes: 64, slackRecords: 4, slackBytes: 96 })
    const slots = createSlots({ slots: 1, records: 4, bytes: 200 })
    const inFlight = new InFlightSlots(slots)
    const producer = new RingProducer(ring)
    const taker = new BatchTaker({ ring, slots, accounts: createAccounts() })
    const limits = { maxRecords: 4, maxBytes: 200, minRecords: () => 1, isReady: () => true }
    const data = new Uint8Array(ring.data)
    const other = new Uint8Array(40)
    for (let i = 0; i < 500; i++) {
      const sequence = producer.nextSequence
      const [length, otherLength] = [1 + (i % 64), 1 + ((i * 7) % 40)]
      fillRecord(data, producer.recordStart, length, sequence + 1)
      fillRecord(other, 0, otherLength, sequence)
      assert.equal(
        producer.addBefore(length, other.subarray(0, otherLength), sequence % 7),
        sequence,
        'there is room for both',
      )
      producer.add(length, (sequence + 1) % 7)
      const batch = taker.take(0, limits)
      assert.equal(batch?.records, 2)
      checkedRecords(inFlight.batch(0), sequence)
      inFlight.settle(0, 2, 0)
    }
    while (producer.room >= 64) producer.add(64, 0)
    const { nextSequence, recordStart } = producer
    const before = data.slice()
    assert.equal(producer.addBefore(producer.room, other, 0), undefined)
    assert.deepEqual([producer.nextSequence, producer.recordStart], [nextSequence, recordStart])
    assert.deepEqual(data, before)
  })

  it('adds no record before another one if there is a pair for one of them only', () => {
    const simulation = new Simulation(SHORT)
    const { producer, pairs } = simulation
    const other = Uint8Array.of(1)
    while (producer.records < pairs - 2) simulation.add(1, 0, false)
    assert.equal(producer.addBefore(1, other, 0), undefined)
    assert.ok(simulation.add(1, 0, false))
    assert.equal(producer.room, 0)
    simulation.finish()
    assert.equal(producer.addBefore(1, other, 0), pairs - 1)
  })

  it('is the same in memory that something else was in', () => {
    const used = (bytes: number) => {
      const memory = new SharedArrayBuffer(bytes)
      new Uint8Array(memory).fill(0xa5)
      return memory
    }
    const ring = createRing(TINY.bounds, used)
    const slots = createSlots({ slots: 1, records: 3, bytes: 64 }, used)
    const producer = new RingProducer(ring)
    assert.deepEqual([producer.records, producer.bytes, producer.room], [0, 0, 48])
    fillRecord(new Uint8Array(ring.data), producer.recordStart, 48, 0)
    producer.add(48, 0)
    const limits = { maxRecords: 3, maxBytes: 64, minRecords: () => 1, isReady: () => true }
    new BatchTaker({ ring, slots, accounts: createAccounts() }).take(0, limits)
    assert.equal(checkedRecords(new InFlightSlots(slots).batch(0), 0).length, 1)
  })
})
