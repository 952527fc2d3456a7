import assert from 'node:assert/strict'
import { ManualClock } from '../../support/manual-clock.js'
import {
  ControlledExporter,
  ControlledSynchronousExporter,
  obligingExporter,
  SUCCESS,
} from './controlled-exporter.js'
import { emitNumbers, emittedRecord, numbers } from './emitted-records.js'
import type { MakeProcessor } from './subject.js'
import { whileTurning } from './turning.js'

const CAPACITY = 6
const options = {
  name: 'tested',
  metrics: false,
  exitHook: false,
  reportLoss: true,
  maxQueueSize: CAPACITY,
  maxExportBatchSize: 3,
}

/**
 * Loss as the stream itself tells of it (`reportLoss`).
 *
 * @param places how many places of a sliding queue a marker takes: on this thread one of its oldest; on the way to the
 *   export thread none, as it is made when records are taken.
 */
export function lossIsMarked(name: string, make: MakeProcessor, places: 0 | 1): void {
  const kept = CAPACITY - places

  describe(`${name} with reportLoss says in the stream how many records are missing, where they are:`, () => {
    it('dropping: behind the newest before the gap', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledExporter()
      const processor = make({ ...options, exporter, mode: 'dropping' }, clock)
      emitNumbers(processor, 10)
      await clock.settle()
      emitNumbers(processor, 5, 10)
      exporter.onExport = ({ answer }) => answer(SUCCESS)
      exporter.calls[0]?.answer(SUCCESS)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(exporter.bodies, [
        ...[0, 1, 2, 3, 4, 5],
        '4 log records are missing here',
        ...[10, 11],
      ])
      const { emitted, exported, dropped } = processor.stats()
      // The three behind it were refused after the last record that was taken: no place in the stream is left to say so.
      assert.deepEqual([emitted, exported, dropped.queue_full], [16, 9, 7])
    })

    it('dropping: records that cannot be kept are missing as well', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const processor = make({ ...options, exporter, mode: 'dropping' }, clock)
      emitNumbers(processor, 1)
      processor.onEmit(emittedRecord({ hrTime: [Number.NaN, 0] }))
      processor.onEmit(emittedRecord({ body: new Array<string>(70_000).fill('') }))
      emitNumbers(processor, 1, 1)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(exporter.bodies, [0, '2 log records are missing here', 1])
    })

    it('sliding: before the oldest behind the gap, one marker however wide it gets', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const processor = make({ ...options, exporter, mode: 'sliding' }, clock)
      emitNumbers(processor, 1_000)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(exporter.bodies, [missing(1_000 - kept), ...numbers(kept, 1_000 - kept)])
      const { emitted, exported, dropped } = processor.stats()
      assert.deepEqual([emitted, exported, dropped.evicted], [1_001, kept + 1, 1_000 - kept])
    })

    it('sliding: what is in flight is before the gap, and each gap has a marker of its own', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledExporter()
      const processor = make({ ...options, exporter, mode: 'sliding' }, clock)
      emitNumbers(processor, 6)
      await clock.settle()
      emitNumbers(processor, 6, 6)
      exporter.calls[0]?.answer(SUCCESS)
      await clock.settle()
      emitNumbers(processor, 6, 12)
      exporter.onExport = ({ answer }) => answer(SUCCESS)
      exporter.calls[1]?.answer(SUCCESS)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(
        exporter.calls.map(({ records }) => records.map(({ body }) => body)),
        [
          [0, 1, 2],
          [missing(3 + places), ...numbers(3 - places, 6 + places)],
          [missing(3 + places), ...numbers(3 - places, 12 + places)],
          [15, 16, 17],
        ],
      )
    })

    it('sliding: a marker that is evicted hands its count on', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const processor = make({ ...options, exporter, mode: 'sliding' }, clock)
      for (let n = 0; n < 3; n++) processor.onEmit(emittedRecord({ hrTime: [Number.NaN, 0] }))
      emitNumbers(processor, 1_000)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(exporter.bodies, [missing(3 + 1_000 - kept), ...numbers(kept, 1_000 - kept)])
    })

    it('a marker is a record that exporters can tell by its name and its attribute', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const processor = make({ ...options, exporter, mode: 'sliding' }, clock)
      emitNumbers(processor, 8)
      await whileTurning(clock, processor.shutdown())
      const [marker, next] = exporter.calls[0]?.records ?? []
      const { eventName, severityNumber, severityText, attributes, instrumentationScope, resource } =
        marker ?? {}
      assert.deepEqual(
        { eventName, severityNumber, severityText, attributes, scope: instrumentationScope?.name },
        {
          eventName: 'sluice.loss',
          severityNumber: 13,
          severityText: 'WARN',
          attributes: { 'sluice.loss.count': 8 - kept },
          scope: 'otel-sluice',
        },
      )
      assert.deepEqual(resource?.attributes, next?.resource.attributes)
    })
  })
}

/** The same where callers wait for the exporter. */
export function vainWaitsAreMarked(name: string, make: MakeProcessor): void {
  describe(`${name} with reportLoss says in the stream how many records are missing, where they are:`, () => {
    it('blocking: where the caller waited in vain', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledSynchronousExporter()
      let isStalled = true
      exporter.onExportSync = () => !isStalled
      const processor = make({ ...options, exporter, mode: 'blocking' }, clock)
      emitNumbers(processor, 12)
      isStalled = false
      await clock.advance(10)
      emitNumbers(processor, 1, 12)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(exporter.arrived, [...[0, 1, 2, 3, 4, 5, 6, 7, 8], missing(3), 12])
    })
  })
}

/** The same where nobody moves while callers wait, so that each waits in vain. */
export function refusalsOfBlockingAreMarked(name: string, make: MakeProcessor): void {
  describe(`${name} with reportLoss says in the stream how many records are missing, where they are:`, () => {
    it('blocking: where the caller waited in vain', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const processor = make({ ...options, exporter, mode: 'blocking' }, clock)
      emitNumbers(processor, 12)
      await clock.settle()
      emitNumbers(processor, 1, 12)
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(exporter.bodies, [...numbers(6), missing(6), 12])
      assert.equal(processor.stats().dropped.block_timeout, 6)
    })
  })
}

function missing(count: number): string {
  return `${count} log records are missing here`
}
