import assert from 'node:assert/strict'
import type { ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import { ManualClock } from '../../support/manual-clock.js'
import {
  ControlledExporter,
  ControlledSynchronousExporter,
  obligingExporter,
  SUCCESS,
} from './controlled-exporter.js'
import { emit, emitNumbers, emittedRecord, numbers } from './emitted-records.js'
import type { MakeProcessor } from './subject.js'
import { whilePassing, whileTurning } from './turning.js'

const DEBUG = 5
const ERROR = 17

function debug(): ReadWriteLogRecord {
  return emittedRecord({ severityNumber: DEBUG, body: 'debug' })
}

function error(n: number): ReadWriteLogRecord {
  return emittedRecord({ severityNumber: ERROR, body: `error ${n}` })
}

const quiet = { metrics: false, exitHook: false }
const reserving = { ...quiet, maxQueueSize: 100, reserve: { minSeverity: ERROR, fraction: 0.1 } }

/** What the modes that nobody waits in promise beyond their counts. */
export function overflowModes(name: string, make: MakeProcessor): void {
  describe(`${name} with a reserve of 10 % for errors, under a flood of debug lines`, () => {
    for (const reportLoss of [false, true]) {
      it(`dropping refuses no error that fits the reserve${reportLoss ? ', and no marker takes its room' : ''}`, async () => {
        const clock = new ManualClock()
        const exporter = obligingExporter()
        const processor = make({ ...reserving, reportLoss, exporter, mode: 'dropping' }, clock)
        for (let n = 0; n < 10; n++) {
          for (let flood = 0; flood < 500; flood++) processor.onEmit(debug())
          processor.onEmit(error(n))
        }
        assert.equal(processor.stats().dropped.queue_full, 5_000 - 90)
        processor.onEmit(error(10))
        assert.equal(processor.stats().dropped.queue_full, 5_000 - 90 + 1)
        await whileTurning(clock, processor.shutdown())
        assert.deepEqual(
          exporter.bodies.filter((body) => body !== 'debug'),
          numbers(10).map((n) => `error ${n}`),
        )
      })
    }

    it('records without a severity have no part in the reserve', async () => {
      const clock = new ManualClock()
      const processor = make({ ...reserving, exporter: new ControlledExporter(), mode: 'dropping' }, clock)
      emitNumbers(processor, 100)
      assert.equal(processor.stats().queueSize, 90)
    })
  })

  describe(`${name} in modes dropping and sliding`, () => {
    for (const mode of ['dropping', 'sliding'] as const) {
      it(`${mode} exports nothing from inside onEmit`, async () => {
        const clock = new ManualClock()
        const exporter = obligingExporter()
        const processor = make({ ...quiet, exporter, mode, maxQueueSize: 8, maxExportBatchSize: 2 }, clock)
        emitNumbers(processor, 20)
        assert.equal(exporter.calls.length, 0)
        await whileTurning(clock, processor.shutdown())
        assert.equal(exporter.bodies.length, 8)
      })
    }

    it('sliding evicts no record that is being exported', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledExporter()
      const processor = make(
        { ...quiet, exporter, mode: 'sliding', maxQueueSize: 4, maxExportBatchSize: 4 },
        clock,
      )
      emitNumbers(processor, 4)
      await clock.settle()
      emitNumbers(processor, 6, 4)
      const { inFlight, queueSize, dropped } = processor.stats()
      assert.deepEqual([inFlight, queueSize, dropped.evicted], [4, 4, 2])
      exporter.onExport = ({ answer }) => answer(SUCCESS)
      exporter.calls[0]?.answer(SUCCESS)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(exporter.bodies, [0, 1, 2, 3, 6, 7, 8, 9])
    })

    it('sliding evicts nothing for a record that cannot be kept', () => {
      const clock = new ManualClock()
      const processor = make(
        { ...quiet, exporter: new ControlledExporter(), mode: 'sliding', maxQueueSize: 2 },
        clock,
      )
      emit(processor, 'a', 'b')
      processor.onEmit(emittedRecord({ body: new Array<string>(70_000).fill('') }))
      const { queueSize, dropped } = processor.stats()
      assert.deepEqual([queueSize, dropped.evicted, dropped.record_too_large], [2, 0, 1])
    })

    it('dropping does not look at a record it has no room for', () => {
      const clock = new ManualClock()
      const processor = make(
        { ...quiet, exporter: new ControlledExporter(), mode: 'dropping', maxQueueSize: 1 },
        clock,
      )
      emit(processor, 'a')
      let looks = 0
      processor.onEmit(
        Object.defineProperty(emittedRecord(), 'body', {
          get: () => {
            looks++
            return 'b'
          },
        }),
      )
      assert.equal(looks, 0)
      assert.equal(processor.stats().dropped.queue_full, 1)
    })
  })
}

/** What blocking promises with an exporter that its callers wait for. */
export function blockingMode(name: string, make: MakeProcessor): void {
  describe(`${name} with a reserve of 10 % for errors, under a flood of debug lines`, () => {
    it('blocking against a stalled destination refuses no error that fits the reserve, and makes none wait', () => {
      const clock = new ManualClock()
      const exporter = new ControlledSynchronousExporter()
      exporter.onExportSync = ({ timeoutMillis }) => {
        clock.pass(timeoutMillis)
        return false
      }
      const processor = make(
        { ...reserving, maxExportBatchSize: 10, blockTimeoutMillis: 70, exporter, mode: 'blocking' },
        clock,
      )
      for (let flood = 0; flood < 500; flood++) processor.onEmit(debug())
      const { dropped, blockedMillis } = processor.stats()
      // Ten that the exporter has begun with left their places to ten more.
      assert.equal(dropped.block_timeout, 500 - 90 - 10)
      assert.equal(blockedMillis, 70)
      for (let n = 0; n < 10; n++) {
        processor.onEmit(error(n))
        for (let flood = 0; flood < 50; flood++) processor.onEmit(debug())
      }
      const after = processor.stats()
      assert.equal(after.blockedMillis, 70)
      assert.equal(after.emitted - after.dropped.block_timeout, after.queueSize + after.inFlight)
      assert.ok(after.queueSize >= 90)
    })
  })

  describe(`${name} in mode blocking`, () => {
    it('waits for the exporter as long as the block time-out, once; then drops at once until the drain moves', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledSynchronousExporter()
      let batchesThatGo = 0
      exporter.onExportSync = ({ timeoutMillis }) => {
        if (batchesThatGo-- > 0) return true
        clock.pass(timeoutMillis)
        return false
      }
      const processor = make(
        {
          ...quiet,
          exporter,
          mode: 'blocking',
          maxQueueSize: 4,
          maxExportBatchSize: 2,
          blockTimeoutMillis: 300,
        },
        clock,
      )
      emitNumbers(processor, 4)
      assert.equal(exporter.synchronousCalls.length, 0, 'no export from inside onEmit while there is room')

      emitNumbers(processor, 1, 4)
      assert.deepEqual(
        exporter.synchronousCalls.map(({ timeoutMillis }) => timeoutMillis),
        [300],
        'the caller waits as long as it may',
      )
      // The batch that the exporter has begun with has left the queue, so there is room for two.
      assert.deepEqual(stateOf(processor.stats()), { queueSize: 3, inFlight: 2, blocked: 300, timedOut: 0 })
      emitNumbers(processor, 3, 5)
      assert.equal(exporter.synchronousCalls.length, 1, 'nobody waits a second time')
      assert.deepEqual(stateOf(processor.stats()), { queueSize: 4, inFlight: 2, blocked: 300, timedOut: 2 })

      batchesThatGo = 1
      await clock.advance(10)
      assert.deepEqual(exporter.arrived, [0, 1], 'the drain moves again, from a turn of its own')
      assert.deepEqual(stateOf(processor.stats()), { queueSize: 2, inFlight: 2, blocked: 300, timedOut: 2 })
      emitNumbers(processor, 4, 8)
      assert.deepEqual(
        stateOf(processor.stats()),
        { queueSize: 4, inFlight: 2, blocked: 600, timedOut: 4 },
        'and so one more caller waits for the batch that is stuck now',
      )
    })

    it('goes on with what is queued when the caller that waited brings a record which cannot be kept', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledSynchronousExporter()
      let isStalled = true
      exporter.onExportSync = () => !isStalled
      const processor = make(
        { ...quiet, exporter, mode: 'blocking', maxQueueSize: 4, maxExportBatchSize: 1 },
        clock,
      )
      emitNumbers(processor, 4)
      await clock.settle()
      emitNumbers(processor, 1, 4)
      isStalled = false
      processor.onEmit(Object.defineProperty(emittedRecord(), 'body', { get: () => assert.fail() }))
      await clock.advance(10)
      const { exported, dropped } = processor.stats()
      assert.deepEqual([exported, dropped.invalid], [5, 1])
    })

    it('hands the unfinished batch over again, and no other before it', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledSynchronousExporter()
      let refusals = 3
      exporter.onExportSync = () => refusals-- <= 0
      const processor = make({ ...quiet, exporter, mode: 'blocking', maxExportBatchSize: 2 }, clock)
      emitNumbers(processor, 5)
      await whilePassing(clock, processor.shutdown(), 1_000)
      assert.deepEqual(exporter.arrived, numbers(5))
      assert.deepEqual(
        exporter.synchronousCalls.map(({ records }) => records.map(({ body }) => body)),
        [[0, 1], [0, 1], [0, 1], [0, 1], [2, 3], [4]],
      )
    })

    it('never uses both ways of an exporter', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledSynchronousExporter()
      const processor = make({ ...quiet, exporter, mode: 'blocking', maxQueueSize: 8 }, clock)
      emitNumbers(processor, 50)
      await whileTurning(clock, processor.shutdown())
      assert.equal(exporter.calls.length, 0)
      assert.deepEqual(exporter.arrived, numbers(50))
    })

    it('an exporter whose exportSync is an async function costs the batch, not the process', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledSynchronousExporter()
      const asynchronous = Object.assign(exporter, { exportSync: () => rejectedLater() })
      const processor = make({ ...quiet, exporter: asynchronous, mode: 'blocking', maxQueueSize: 2 }, clock)
      emitNumbers(processor, 6)
      await assert.rejects(whileTurning(clock, processor.shutdown()))
      assert.deepEqual([processor.stats().exported, processor.stats().failed], [0, 6])
    })
  })
}

function stateOf({
  queueSize,
  inFlight,
  blockedMillis: blocked,
  dropped,
}: ReturnType<ReturnType<MakeProcessor>['stats']>) {
  return { queueSize, inFlight, blocked, timedOut: dropped.block_timeout }
}

/** What an async function gives back, which by its type `exportSync` may not. */
const rejectedLater: () => undefined = new Proxy(() => undefined, {
  apply: () => Promise.reject(new Error('too late')),
})
