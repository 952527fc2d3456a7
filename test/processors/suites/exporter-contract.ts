import assert from 'node:assert/strict'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import { ManualClock } from '../../support/manual-clock.js'
import { ControlledExporter, obligingExporter, SUCCESS } from './controlled-exporter.js'
import { emit } from './emitted-records.js'
import { MISBEHAVIOURS } from './misbehaviours.js'
import { type AccountedProcessor, accountedFor } from './subject.js'
import { whilePassing, whileTurning } from './turning.js'

/** Makes the processor under test for an exporter: it takes records one by one or in batches, as it will. */
export type MakeFor = (exporter: LogRecordExporter, clock: ManualClock) => AccountedProcessor

/** Whatever its exporter does, a processor keeps its promises, and keeps account. */
export function exporterContract(name: string, make: MakeFor): void {
  describe(`${name} bears with an exporter that`, () => {
    for (const [what, { exported, misbehave }] of Object.entries(MISBEHAVIOURS)) {
      it(what, async () => {
        const clock = new ManualClock()
        const exporter = new ControlledExporter()
        const processor = make(exporter, clock)
        exporter.onExport = misbehave
        emit(processor, 'bad')
        await whilePassing(clock, processor.forceFlush(), 1_000)
        const { exported: arrived, failed } = processor.stats()
        assert.deepEqual(
          { arrived, failed },
          exported ? { arrived: 1, failed: 0 } : { arrived: 0, failed: 1 },
        )

        exporter.onExport = ({ answer }) => answer(SUCCESS)
        emit(processor, 'good')
        await whileTurning(clock, processor.forceFlush())
        assert.deepEqual(exporter.bodies, ['bad', 'good'])
        assert.equal(processor.stats().exported, exported ? 2 : 1)
        await whileTurning(clock, processor.shutdown())
        assertOver(exporter, processor, clock)
      })
    }

    it('is an async function that rejects', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const processor = make(
        Object.assign(exporter, {
          export: async (records: readonly unknown[]) => {
            if (exporter.calls.push({ records: [], answer: () => undefined }) > 0) {
              throw new Error(`cannot export ${records.length}`)
            }
          },
        }),
        clock,
      )
      emit(processor, 'lost')
      await whileTurning(clock, processor.forceFlush())
      assert.equal(processor.stats().failed, 1)
      await whileTurning(clock, processor.shutdown())
      assertOver(exporter, processor, clock)
    })

    it('takes the records out of the array it was handed', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const processor = make(
        Object.assign(exporter, {
          export: (records: unknown[], answer: (result: typeof SUCCESS) => void) => {
            records.length = 0
            answer(SUCCESS)
          },
        }),
        clock,
      )
      emit(processor, 'a', 'b', 'c')
      await whileTurning(clock, processor.forceFlush())
      const { exported, inFlight } = processor.stats()
      assert.deepEqual({ exported, inFlight }, { exported: 3, inFlight: 0 })
      await whileTurning(clock, processor.shutdown())
      assertOver(exporter, processor, clock)
    })

    it('never answers: a forceFlush() ends at its own time-out, during shutdown() too, and gives up nothing', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledExporter()
      const processor = make(exporter, clock)
      emit(processor, 'a')
      await clock.settle()
      await assert.rejects(
        whilePassing(clock, processor.forceFlush({ timeoutMillis: 100 }), 100),
        /forceFlush ran out of its 100 ms with 1 log records pending/,
      )
      const shutdown = processor.shutdown()
      await assert.rejects(
        whilePassing(clock, processor.forceFlush({ timeoutMillis: 100 }), 100),
        /forceFlush ran out of its 100 ms during shutdown/,
      )
      await assert.rejects(processor.forceFlush({ timeoutMillis: -1 }), /timeoutMillis must be .*, got -1/)
      assert.equal(processor.stats().inFlight, 1)
      exporter.calls[0]?.answer(SUCCESS)
      await whileTurning(clock, shutdown)
      assert.equal(processor.stats().exported, 1)
      assertOver(exporter, processor, clock)
    })

    it('never answers: shutdown() ends at its deadline, and says how many records it could not deliver', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledExporter()
      const processor = make(exporter, clock)
      emit(processor, 'a')
      await clock.settle()
      const start = clock.now()
      await assert.rejects(
        whilePassing(clock, processor.shutdown(), 30_000),
        /could not deliver 1 log records/,
      )
      assert.ok(clock.now() - start <= 30_000)
      assert.equal(processor.stats().failed, 1)
      assertOver(exporter, processor, clock)
      exporter.calls[0]?.answer(SUCCESS)
      assert.equal(processor.stats().exported, 0)
    })

    it('answers too late: the records stay failed, and no second call is under way meanwhile', async () => {
      const clock = new ManualClock()
      const exporter = new ControlledExporter()
      const processor = make(exporter, clock)
      emit(processor, 'late')
      await whilePassing(clock, processor.forceFlush({ timeoutMillis: 40_000 }), 40_000)
      assert.equal(processor.stats().failed, 1)
      exporter.calls[0]?.answer(SUCCESS)
      assert.deepEqual([processor.stats().failed, processor.stats().exported], [1, 0])
      exporter.onExport = ({ answer }) => answer(SUCCESS)
      emit(processor, 'next')
      await whileTurning(clock, processor.shutdown())
      assert.equal(processor.stats().exported, 1)
      assertOver(exporter, processor, clock)
    })

    it('never answers in forceFlush(): a flush that is under way ends with shutdown()', async () => {
      const clock = new ManualClock()
      const exporter = Object.assign(obligingExporter(), { forceFlush: () => new Promise<void>(() => {}) })
      const processor = make(exporter, clock)
      emit(processor, 'a')
      let isOver = false
      const flush = processor.forceFlush({ timeoutMillis: 1_000_000 }).then(() => {
        isOver = true
      })
      await clock.settle()
      assert.equal(isOver, false)
      await assert.rejects(whilePassing(clock, processor.shutdown(), 30_000), /own forceFlush/)
      await flush
      assertOver(exporter, processor, clock)
    })

    it('rejects in forceFlush(): the flush rejects with its error, and export goes on', async () => {
      const clock = new ManualClock()
      const error = new Error('cannot flush')
      const exporter = Object.assign(obligingExporter(), { forceFlush: () => Promise.reject(error) })
      const processor = make(exporter, clock)
      emit(processor, 'a')
      await assert.rejects(whileTurning(clock, processor.forceFlush()), error)
      emit(processor, 'b')
      await assert.rejects(whileTurning(clock, processor.forceFlush()), error)
      assert.deepEqual(exporter.bodies, ['a', 'b'])
      await assert.rejects(whileTurning(clock, processor.shutdown()), error)
      assertOver(exporter, processor, clock)
    })

    it('never ends its forceFlush(): flush and shutdown end at their deadlines', async () => {
      const clock = new ManualClock()
      const exporter = Object.assign(obligingExporter(), {
        forceFlush: () => new Promise<void>(() => undefined),
      })
      const processor = make(exporter, clock)
      await assert.rejects(
        whilePassing(clock, processor.forceFlush({ timeoutMillis: 50 }), 50),
        /50 ms in the exporter's own forceFlush/,
      )
      await assert.rejects(whilePassing(clock, processor.shutdown(), 30_000), /the exporter's own forceFlush/)
      assertOver(exporter, processor, clock)
    })

    it('throws in forceFlush() and in shutdown(): both errors are told', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const processor = make(
        Object.assign(exporter, {
          forceFlush: () => {
            throw new Error('cannot flush')
          },
          shutdown: () => {
            exporter.shutdowns++
            throw new Error('cannot shut down')
          },
        }),
        clock,
      )
      const done = processor.shutdown()
      await assert.rejects(whileTurning(clock, done), /cannot flush.*cannot shut down/)
      assertOver(exporter, processor, clock)
      assert.equal(processor.shutdown(), done)
    })

    it('never ends its shutdown(): ours ends at its deadline', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const processor = make(
        Object.assign(exporter, {
          shutdown: () => {
            exporter.shutdowns++
            return new Promise<void>(() => undefined)
          },
        }),
        clock,
      )
      emit(processor, 'a')
      await assert.rejects(
        whilePassing(clock, processor.shutdown(), 30_000),
        /in the exporter's own shutdown/,
      )
      assert.equal(processor.stats().exported, 1)
      assertOver(exporter, processor, clock)
    })

    it('has no forceFlush()', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const { forceFlush: _, ...without } = {
        export: exporter.export.bind(exporter),
        shutdown: exporter.shutdown.bind(exporter),
        forceFlush: exporter.forceFlush,
      }
      // What older exporters are, though the interface asks for it now.
      const older: Pick<LogRecordExporter, 'export' | 'shutdown'> & { forceFlush?: () => Promise<void> } =
        without
      assert.ok(isExporter(older))
      const processor = make(older, clock)
      emit(processor, 'a')
      await whileTurning(clock, processor.forceFlush())
      assert.deepEqual(exporter.bodies, ['a'])
      await whileTurning(clock, processor.shutdown())
      assertOver(exporter, processor, clock)
    })
  })
}

/** What holds once `shutdown()` has ended, however it ended. */
function assertOver(exporter: ControlledExporter, processor: AccountedProcessor, clock: ManualClock): void {
  emit(processor, 'after shutdown')
  const stats = processor.stats()
  assert.equal(accountedFor(stats), stats.emitted)
  assert.equal(stats.queueSize + stats.inFlight, 0)
  assert.equal(stats.dropped.already_shutdown, 1)
  assert.equal(exporter.shutdowns, 1)
  assert.equal(clock.pendingTimers, 0)
}

function isExporter(value: object): value is LogRecordExporter {
  return 'export' in value
}
