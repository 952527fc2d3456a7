import assert from 'node:assert/strict'
import { type MeterProvider, metrics } from '@opentelemetry/api'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import type { QueueStats } from 'otel-sluice'
import { ManualClock } from '../../support/manual-clock.js'
import { byErrorType, meterProviderToCollect, type Point } from './collected-metrics.js'
import {
  ControlledExporter,
  ControlledSynchronousExporter,
  failure,
  obligingExporter,
  SUCCESS,
} from './controlled-exporter.js'
import { emit, emitNumbers, emittedRecord } from './emitted-records.js'
import type { AccountedProcessor, MakeProcessor } from './subject.js'
import { whilePassing, whileTurning } from './turning.js'

const PROCESSED = 'otel.sdk.processor.log.processed'

/** What makes a processor for the metrics: the modes of a queue, and the processor without one. */
export interface MeteredSubject {
  readonly type: string
  readonly mode: QueueStats['mode']
  readonly isWaitedFor: boolean
  make(exporter: LogRecordExporter, clock: ManualClock, meterProvider: MeterProvider): AccountedProcessor
}

/** Metrics are the account, as a meter provider collects it (design: semantic conventions for SDK metrics). */
export function metricsEqualStats(name: string, subjects: readonly MeteredSubject[]): void {
  describe(`${name}: the metrics equal stats()`, () => {
    for (const { type, mode, isWaitedFor, make } of subjects) {
      it(`of a ${type} in mode ${mode}, ${isWaitedFor ? 'waited for' : 'not waited for'}, whatever became of the records`, async () => {
        const clock = new ManualClock()
        const { meterProvider, collect } = meterProviderToCollect()
        const exporter = isWaitedFor ? new ControlledSynchronousExporter() : new ControlledExporter()
        const processor = make(exporter, clock, meterProvider)
        const check = async () => {
          const stats = processor.stats()
          assertEqual(await collect('tested'), stats, { type, mode })
        }
        await check()
        emitNumbers(processor, 9)
        await check()
        await clock.settle()
        await check()
        for (const [index, call] of exporter.calls.entries())
          call.answer(index % 2 === 0 ? SUCCESS : failure())
        await clock.settle()
        processor.onEmit(emittedRecord({ hrTime: [Number.NaN, 0] }))
        emitNumbers(processor, 5)
        await check()
        if (exporter instanceof ControlledSynchronousExporter) {
          exporter.onExportSync = ({ timeoutMillis }) => {
            clock.pass(timeoutMillis)
            return false
          }
          emitNumbers(processor, 12)
          await check()
          assert.ok(processor.stats().blockedMillis > 0)
          assert.ok(processor.stats().dropped.block_timeout > 0)
        }
        await whilePassing(clock, processor.shutdown(), 60_000).catch(() => undefined)
        emitNumbers(processor, 3)
        const { abandoned, ...points } = await collectedAfterShutdown(collect)
        const { exported, failed, dropped, blockedMillis } = processor.stats()
        assert.equal(dropped.already_shutdown, 3)
        assert.deepEqual(points, {
          processed: exported + failed - abandoned,
          dropped: Object.fromEntries(Object.entries(dropped).filter(([, count]) => count > 0)),
          blocked: blockedMillis / 1_000,
          depths: [0, 0],
        })
      })
    }
  })
}

/** Where the metrics of a processor go, and how long. */
export function metricsArePublished(name: string, make: MakeProcessor): void {
  const quiet = { exitHook: false, name: 'tested' }

  describe(`${name}: the metrics`, () => {
    afterEach(() => metrics.disable())

    it('go to a global meter provider that is registered after the processor was made', async () => {
      const clock = new ManualClock()
      const processor = make({ ...quiet, exporter: obligingExporter() }, clock)
      emit(processor, 'before')
      const { meterProvider, collect } = meterProviderToCollect()
      metrics.setGlobalMeterProvider(meterProvider)
      await whileTurning(clock, processor.forceFlush())
      assert.deepEqual(byErrorType(await collect('tested'), PROCESSED), { '': 1 })
      await whileTurning(clock, processor.shutdown())
    })

    it('go to the global meter provider that takes the place of another, and to that one no more', async () => {
      const clock = new ManualClock()
      const first = meterProviderToCollect()
      const second = meterProviderToCollect()
      metrics.setGlobalMeterProvider(first.meterProvider)
      const processor = make({ ...quiet, exporter: obligingExporter(), name: 'moving' }, clock)
      emit(processor, 'a')
      await whileTurning(clock, processor.forceFlush())
      assert.deepEqual(byErrorType(await first.collect('moving'), PROCESSED), { '': 1 })
      metrics.disable()
      metrics.setGlobalMeterProvider(second.meterProvider)
      emit(processor, 'b')
      await whileTurning(clock, processor.forceFlush())
      assert.deepEqual(byErrorType(await second.collect('moving'), PROCESSED), { '': 2 })
      // What has no callback any more keeps its last value, or none.
      assert.notDeepEqual(byErrorType(await first.collect('moving'), PROCESSED), { '': 2 })
      await whileTurning(clock, processor.shutdown())
    })

    it('of a given and of the global meter provider do not get in each other’s way when they are one', async () => {
      const clock = new ManualClock()
      const { meterProvider, collect } = meterProviderToCollect()
      metrics.setGlobalMeterProvider(meterProvider)
      const given = make({ ...quiet, exporter: obligingExporter(), name: 'given', meterProvider }, clock)
      const global = make({ ...quiet, exporter: obligingExporter(), name: 'global' }, clock)
      emitNumbers(given, 2)
      emitNumbers(global, 3)
      await whileTurning(clock, Promise.all([given.forceFlush(), global.forceFlush()]))
      for (const collection of [1, 2]) {
        assert.deepEqual(
          byErrorType(await collect('given'), PROCESSED),
          { '': 2 },
          `collection ${collection}`,
        )
        assert.deepEqual(
          byErrorType(await collect('global'), PROCESSED),
          { '': 3 },
          `collection ${collection}`,
        )
      }
      await whileTurning(clock, Promise.all([given.shutdown(), global.shutdown()]))
    })

    it('of a processor that takes the place of another of its name go on from there: no counter falls', async () => {
      const clock = new ManualClock()
      const { meterProvider, collect } = meterProviderToCollect()
      const options = { ...quiet, name: 'replaced', maxQueueSize: 4, meterProvider }
      const seen: unknown[] = []
      const see = async () => seen.push(byErrorType(await collect('replaced'), PROCESSED))
      let last: AccountedProcessor | undefined
      for (let generation = 0; generation < 3; generation++) {
        last = make({ ...options, exporter: obligingExporter() }, clock)
        await see()
        emitNumbers(last, 5)
        await whileTurning(clock, last.shutdown())
        await see()
      }
      emitNumbers(last ?? assert.fail(), 2)
      await see()
      assert.deepEqual(seen, [
        { '': 0 },
        { '': 4, queue_full: 1 },
        { '': 4, queue_full: 1 },
        { '': 8, queue_full: 2 },
        { '': 8, queue_full: 2 },
        { '': 12, queue_full: 3 },
        { '': 12, queue_full: 3, already_shutdown: 2 },
      ])
    })

    it('of two processors of one name at a time are their sums', async () => {
      const clock = new ManualClock()
      const { meterProvider, collect } = meterProviderToCollect()
      const options = { ...quiet, name: 'twins', maxQueueSize: 10, meterProvider }
      const twins = [1, 2].map(() => make({ ...options, exporter: new ControlledExporter() }, clock))
      for (const twin of twins) emitNumbers(twin, 3)
      const points = await collect('twins')
      assert.equal(byErrorType(points, 'otel.sdk.processor.log.queue.size')[''], 6)
      assert.equal(byErrorType(points, 'otel.sdk.processor.log.queue.capacity')[''], 20)
      for (const twin of twins) {
        const done = twin.shutdown()
        await assert.rejects(whilePassing(clock, done, 60_000))
      }
    })

    it('of a loss count its episodes', async () => {
      const clock = new ManualClock()
      const { meterProvider, collect } = meterProviderToCollect()
      const processor = make(
        { ...quiet, name: 'losing', exporter: obligingExporter(), maxQueueSize: 1, meterProvider },
        clock,
      )
      for (let episode = 0; episode < 3; episode++) {
        emitNumbers(processor, 3)
        await clock.advance(30_000)
      }
      assert.equal(byErrorType(await collect('losing'), 'sluice.loss.episodes')[''], 3)
      await whileTurning(clock, processor.shutdown())
    })

    it('are not published with metrics: false', async () => {
      const clock = new ManualClock()
      const { meterProvider, collect } = meterProviderToCollect()
      metrics.setGlobalMeterProvider(meterProvider)
      const options = { ...quiet, name: 'silent', metrics: false, exporter: obligingExporter() }
      const processors = [make(options, clock), make({ ...options, meterProvider }, clock)]
      for (const processor of processors) {
        emit(processor, 'a')
        await whileTurning(clock, processor.shutdown())
      }
      assert.deepEqual(await collect('silent'), [])
    })

    it('a meter provider that throws is reported, and costs nothing else', async () => {
      const clock = new ManualClock()
      const exporter = obligingExporter()
      const meterProvider: MeterProvider = {
        getMeter: () => {
          throw new Error('no meter')
        },
      }
      const processor = make({ ...quiet, exporter, meterProvider }, clock)
      emit(processor, 'a')
      await whileTurning(clock, processor.shutdown())
      assert.deepEqual(exporter.bodies, ['a'])
    })
  })
}

/** Every metric there is, with its name, unit and attributes, next to the account. */
function assertEqual(
  points: readonly Point[],
  stats: QueueStats,
  { type, mode }: { type: string; mode: QueueStats['mode'] },
): void {
  const attributes = {
    'otel.component.type': type,
    'otel.component.name': 'tested',
    'sluice.mode': mode,
  }
  const { queueSize, capacity, exported, failed, inFlight, dropped, blockedMillis } = stats
  const point = (metric: string, unit: string, value: number, error?: string): Point => ({
    metric,
    unit,
    value,
    attributes: error === undefined ? attributes : { ...attributes, 'error.type': error },
  })
  const expected = [
    point('otel.sdk.processor.log.queue.size', '{log_record}', queueSize),
    point('otel.sdk.processor.log.queue.capacity', '{log_record}', capacity),
    point(PROCESSED, '{log_record}', exported + failed + inFlight),
    ...Object.entries(dropped)
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => point(PROCESSED, '{log_record}', count, reason)),
    point('sluice.processor.blocked.time', 's', blockedMillis / 1_000),
  ]
  const isEpisodes = ({ metric }: Point) => metric === 'sluice.loss.episodes'
  assert.deepEqual(sorted(points.filter((found) => !isEpisodes(found))), sorted(expected))
  const [episodes] = points.filter(isEpisodes)
  const lost = failed + Object.values(dropped).reduce((sum, count) => sum + count, 0)
  assert.deepEqual(episodes, { ...point('sluice.loss.episodes', '{episode}', lost > 0 ? 1 : 0) })
}

function sorted(points: readonly Point[]): Point[] {
  const key = ({ metric, attributes }: Point) => `${metric} ${attributes['error.type'] ?? ''}`
  return [...points].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

async function collectedAfterShutdown(collect: (name: string) => Promise<Point[]>) {
  const points = await collect('tested')
  const { '': processed, shutdown_timeout: abandoned = 0, ...dropped } = byErrorType(points, PROCESSED)
  assert.ok(typeof abandoned === 'number')
  return {
    processed,
    abandoned,
    dropped,
    blocked: byErrorType(points, 'sluice.processor.blocked.time')[''],
    depths: points.filter(({ metric }) => metric.includes('.queue.')).map(({ value }) => value),
  }
}
