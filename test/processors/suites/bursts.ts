import assert from 'node:assert/strict'
import { ManualClock } from '../../support/manual-clock.js'
import { ControlledSynchronousExporter, obligingExporter } from './controlled-exporter.js'
import { emitNumbers, numbers } from './emitted-records.js'
import { accountedFor, type MakeProcessor } from './subject.js'
import { whileTurning } from './turning.js'

const BURST = 100_000
const CAPACITY = 2_048
const options = { maxQueueSize: CAPACITY, metrics: false, exitHook: false }

/** More than a queue holds, emitted in one loop that never gives the event loop its turn. */
export function burstsInto(name: string, make: MakeProcessor): void {
  describe(`${name}: of a burst of ${BURST} records in one loop`, () => {
    it('dropping keeps exactly the first, as many as the queue holds', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const processor = make({ ...options, exporter, mode: 'dropping' }, clock)
      emitNumbers(processor, BURST)
      assert.equal(processor.stats().dropped.queue_full, BURST - CAPACITY)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(exporter.bodies, numbers(CAPACITY))
      const stats = processor.stats()
      assert.deepEqual([stats.emitted, stats.exported, stats.failed], [BURST, CAPACITY, 0])
      assert.equal(accountedFor(stats), BURST)
    })

    it('sliding keeps exactly the last, as many as the queue holds', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const processor = make({ ...options, exporter, mode: 'sliding' }, clock)
      emitNumbers(processor, BURST)
      assert.equal(processor.stats().dropped.evicted, BURST - CAPACITY)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(exporter.bodies, numbers(CAPACITY, BURST - CAPACITY))
      const stats = processor.stats()
      assert.deepEqual([stats.emitted, stats.exported, stats.failed], [BURST, CAPACITY, 0])
      assert.equal(accountedFor(stats), BURST)
    })
  })
}

/** The same of a queue whose callers wait for the exporter. */
export function blockingBurst(name: string, make: MakeProcessor): void {
  describe(`${name}: of a burst of ${BURST} records in one loop`, () => {
    it('blocking keeps all, in order', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledSynchronousExporter()
      const processor = make({ ...options, exporter, mode: 'blocking' }, clock)
      emitNumbers(processor, BURST)
      const { queueSize, exported } = processor.stats()
      assert.equal(queueSize + exported, BURST)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(exporter.arrived, numbers(BURST))
      const stats = processor.stats()
      assert.deepEqual([stats.emitted, stats.exported, stats.failed], [BURST, BURST, 0])
      assert.equal(accountedFor(stats), BURST)
    })
  })
}
