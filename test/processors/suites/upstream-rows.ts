import { deepStrictEqual, doesNotThrow, ok, strictEqual, throws } from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type LogRecordExporter,
  type LogRecordProcessor,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import type { QueueLogRecordProcessorOptions } from 'otel-sluice'
import { type Clock, systemClock } from '#src/common/clock.js'
import { diagnosticsDuring } from '../../support/diagnostics.js'
import { ManualClock } from '../../support/manual-clock.js'
import { answerLater, type HeldCall, ScriptedExporter } from '../../support/scripted-exporter.js'
import { type CreateProcessor, sdk } from './sdk-processor.js'
import type { AccountedProcessor, MakeProcessor } from './subject.js'

/** Makes ours; on the clock of the process unless the test turns one. */
type CreateOurs = (options: QueueLogRecordProcessorOptions, clock?: Clock) => AccountedProcessor

/** A delay that does not pass while a test runs: nothing goes but what is flushed or fills a batch. */
const NEVER_MILLIS = 3_600_000

/**
 * What goes wrong in the SDK's BatchLogRecordProcessor, row by row, and does not in the processor that `create` makes.
 * Where it is quick to show, the same scenario runs over the SDK's, and has the outcome the row tells of.
 */
export function upstreamRows(make: MakeProcessor): void {
  const create: CreateOurs = (options, clock = systemClock) => make(options, clock)

  it('row 1: shutdown() during a forceFlush() resolves when everything is delivered', async () => {
    strictEqual(await shutdownDuringFlush(create), 2_000)
    ok((await shutdownDuringFlush(sdk)) < 2_000)
  })

  it('row 2: a second forceFlush() while one runs resolves when its own records are delivered', async () => {
    strictEqual(await secondFlush(create), 20)
    ok((await secondFlush(sdk)) < 20)
  })

  it('row 3: exports go on after exporter.forceFlush() has rejected during one', async () => {
    strictEqual(await rejectedExporterFlush(create), 2)
    strictEqual(await rejectedExporterFlush(sdk), 1)
  })

  it('row 4: a loop that emits 10,000 records without yielding loses none without a word', async () => {
    const exporter = new ScriptedExporter(answerLater)
    let toldToOnDrop = 0
    const processor = create({
      exporter,
      onDrop: ({ reason, count }) => {
        strictEqual(reason, 'queue_full')
        toldToOnDrop += count
      },
    })
    const told = await diagnosticsDuring(() => burstOf10000(processor))
    strictEqual(exporter.delivered.length, 2_048)
    strictEqual(exporter.delivered.at(-1)?.body, 2_047)
    strictEqual(processor.stats().dropped.queue_full, 7_952)
    strictEqual(toldToOnDrop, 7_952)
    ok(told.some((line) => line.includes('7952')))

    const sdkExporter = new ScriptedExporter(answerLater)
    const sdkTold = await diagnosticsDuring(() => burstOf10000(sdk({ exporter: sdkExporter })))
    ok(sdkExporter.delivered.length < 10_000)
    deepStrictEqual(sdkTold, [])
  })

  it('row 4: with room for them, all 10,000 are delivered', async () => {
    const exporter = new ScriptedExporter(answerLater)
    await burstOf10000(create({ exporter, maxQueueSize: 10_000 }))
    deepStrictEqual(
      exporter.delivered.map(({ body }) => body),
      Array.from({ length: 10_000 }, (_, i) => i),
    )
  })

  it('row 5: a 100 ms exporter keeps up with 9,600 records/s when concurrency is 4', async () => {
    deepStrictEqual(await offerToSlowExporter(create, 4), { delivered: 19_200, lost: 0 })
    const { lost } = await offerToSlowExporter(create, 1)
    ok(lost > 0.35 * 19_200, `one export at a time lost only ${lost}`)
  })

  it('row 6: exports that time out do not pile up', async () => {
    const clock = new ManualClock()
    const exporter = new ScriptedExporter((call) => void clock.after(150, () => call.answer()))
    const processor = create(
      { exporter, maxExportBatchSize: 1, scheduledDelayMillis: 0, exportTimeoutMillis: 100 },
      clock,
    )
    const provider = new LoggerProvider({ processors: [processor] })
    for (let i = 0; i < 9; i++) provider.getLogger('row 6').emit({ body: i })
    const flushed = processor.forceFlush()
    await clock.advance(9 * 150)
    await flushed
    strictEqual(exporter.mostUnderWay, 1)
    strictEqual(exporter.calls.length, 9)
    // Counted once each, for what was known when the time was over.
    strictEqual(processor.stats().failed, 9)
    strictEqual(processor.stats().exported, 0)
    await endOn(clock, processor)

    const stuck = new ScriptedExporter()
    const piling = sdk({ exporter: stuck, maxExportBatchSize: 1, exportTimeoutMillis: 1 })
    const logger = new LoggerProvider({ processors: [piling] }).getLogger('row 6')
    for (let i = 0; i < 3; i++) logger.emit({ body: i })
    await stuck.call(2)
    strictEqual(stuck.underWay, 3)
  })

  it('row 7: a resource attribute that never settles holds records back for 5 s, and shutdown not at all longer', async () => {
    const clock = new ManualClock()
    const exporter = new ScriptedExporter((call) => clock.nextTurn(() => call.answer()))
    const processor = create({ exporter, maxExportBatchSize: 1 }, clock)
    const resource = resourceFromAttributes({ settled: 'yes', pending: new Promise<string>(() => undefined) })
    const logger = new LoggerProvider({ resource, processors: [processor] }).getLogger('row 7')
    logger.emit({ body: 'held back' })
    await clock.advance(4_999)
    strictEqual(exporter.calls.length, 0)
    strictEqual(processor.stats().inFlight, 1)
    await clock.advance(1)
    strictEqual(exporter.delivered[0]?.body, 'held back')
    strictEqual(exporter.delivered[0]?.resource.attributes.settled, 'yes')
    logger.emit({ body: 'the resource was waited for' })
    await clock.settle()
    strictEqual(exporter.delivered.length, 2)
    await endOn(clock, processor)
    strictEqual(exporter.shutdowns, 1)
  })

  it('row 7: shutdown() during that wait gives up at its deadline', async () => {
    const clock = new ManualClock()
    const exporter = new ScriptedExporter()
    const processor = create({ exporter, shutdownTimeoutMillis: 1_000 }, clock)
    const resource = resourceFromAttributes({ pending: new Promise<string>(() => undefined) })
    new LoggerProvider({ resource, processors: [processor] }).getLogger('row 7').emit({ body: 'lost' })
    const outcome = processor.shutdown().then(
      () => 'success',
      (error: Error) => error.message,
    )
    await clock.advance(1_000)
    ok((await outcome).includes('could not deliver 1 log record'))
    strictEqual(exporter.calls.length, 0)
    strictEqual(processor.stats().failed, 1)
    strictEqual(exporter.shutdowns, 1)
    strictEqual(clock.pendingTimers, 0)
  })

  it('row 8: an exporter that throws leaves no timer behind', async () => {
    const timeouts = () => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length
    // mocha sets its own timer once a test has turned out to be asynchronous.
    await nextTurn()
    const before = timeouts()
    await flushIntoThrowingExporter(create)
    strictEqual(timeouts(), before)
    await flushIntoThrowingExporter(sdk)
    ok(timeouts() > before)
  })

  it('row 11: a record that cannot be read, or an exporter that throws, reaches neither the application nor the next processor', async () => {
    const processor = create({ exporter: throwingExporter(), maxExportBatchSize: 1 })
    const { emit, seen } = beforeAnother(processor)
    doesNotThrow(emit)
    await processor.forceFlush()
    strictEqual(seen().length, 2)
    const { dropped, failed } = processor.stats()
    strictEqual(dropped.invalid, 1)
    strictEqual(failed, 1)
    await processor.shutdown()

    const careless = beforeAnother(carelessProcessor)
    throws(careless.emit)
    strictEqual(careless.seen().length, 0)
  })

  it('row 12: what the caller changes after emitting does not show', async () => {
    deepStrictEqual(await changedAfterEmit(create), [{ state: 'emitted' }, ['emitted'], new Uint8Array([1])])
    const [body, , bytes] = await changedAfterEmit(sdk)
    deepStrictEqual([body, bytes], [{ state: 'changed' }, new Uint8Array([2])])
  })
}

/** How many of 2000 records are delivered when shutdown resolves. */
async function shutdownDuringFlush(create: CreateProcessor): Promise<number> {
  const exporter = new ScriptedExporter()
  const processor = create({ exporter, maxQueueSize: 2_048, scheduledDelayMillis: NEVER_MILLIS })
  const logger = new LoggerProvider({ processors: [processor] }).getLogger('row 1')
  for (let i = 0; i < 2_000; i++) logger.emit({ body: i })
  const flushed = processor.forceFlush()
  const first = await exporter.call(0)
  const shutDown = processor.shutdown()
  first.answer()
  answerFrom(exporter, 1)
  await shutDown
  const delivered = exporter.delivered.length
  await flushed
  return delivered
}

/** How many of 20 records, 10 before either flush, are delivered when the second flush resolves. */
async function secondFlush(create: CreateProcessor): Promise<number> {
  const exporter = new ScriptedExporter()
  const processor = create({ exporter, scheduledDelayMillis: NEVER_MILLIS })
  const logger = new LoggerProvider({ processors: [processor] }).getLogger('row 2')
  for (let i = 0; i < 10; i++) logger.emit({ body: i })
  const first = processor.forceFlush()
  const held = await exporter.call(0)
  for (let i = 10; i < 20; i++) logger.emit({ body: i })
  const second = processor.forceFlush()
  answerLater(held)
  answerFrom(exporter, 1)
  await second
  const delivered = exporter.delivered.length
  await first
  await processor.shutdown()
  return delivered
}

/** How many of two records are delivered, the second one emitted after the exporter's own flush has rejected. */
async function rejectedExporterFlush(create: CreateProcessor): Promise<number> {
  const exporter = new ScriptedExporter()
  exporter.forceFlush = () => Promise.reject(new Error('the flush of the exporter failed'))
  const processor = create({ exporter, scheduledDelayMillis: 1 })
  const logger = new LoggerProvider({ processors: [processor] }).getLogger('row 3')
  logger.emit({ body: 0 })
  const held = await exporter.call(0)
  const flushed = processor.forceFlush().catch(() => undefined)
  held.answer()
  await flushed
  answerFrom(exporter, 1)
  logger.emit({ body: 1 })
  await processor.forceFlush().catch(() => undefined)
  await processor.shutdown().catch(() => undefined)
  return exporter.delivered.length
}

async function burstOf10000(processor: LogRecordProcessor): Promise<void> {
  const logger = new LoggerProvider({ processors: [processor] }).getLogger('row 4')
  for (let i = 0; i < 10_000; i++) logger.emit({ body: i })
  await processor.forceFlush()
  await processor.shutdown()
}

/** Offers 96 records every 10 ms for 2 s to an exporter that takes 100 ms a batch. */
async function offerToSlowExporter(
  create: CreateOurs,
  concurrency: number,
): Promise<{ delivered: number; lost: number }> {
  const clock = new ManualClock()
  const exporter = new ScriptedExporter((call) => void clock.after(100, () => call.answer()))
  const processor = create({ exporter, concurrency }, clock)
  const logger = new LoggerProvider({ processors: [processor] }).getLogger('row 5')
  for (let millis = 0; millis < 2_000; millis += 10) {
    for (let i = 0; i < 96; i++) logger.emit({ body: i })
    await clock.advance(10)
  }
  const lost = processor.stats().dropped.queue_full
  await endOn(clock, processor)
  return { delivered: exporter.delivered.length, lost }
}

async function flushIntoThrowingExporter(create: CreateProcessor): Promise<void> {
  const processor = create({
    exporter: throwingExporter(),
    scheduledDelayMillis: NEVER_MILLIS,
    exportTimeoutMillis: 100,
  })
  new LoggerProvider({ processors: [processor] }).getLogger('row 8').emit({ body: 'lost' })
  await processor.forceFlush()
}

function throwingExporter(): LogRecordExporter {
  return {
    export() {
      throw new Error('the exporter threw')
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  }
}

/** Emits a record with a time that cannot be read, then a sound one, through a processor and another one behind it. */
function beforeAnother(processor: LogRecordProcessor): {
  emit: () => void
  seen: () => ReadableLogRecord[]
} {
  const exporter = new InMemoryLogRecordExporter()
  const hostile: LogRecordProcessor = {
    onEmit: (record) => {
      if (record.body !== 'unreadable') return
      Object.defineProperty(record, 'droppedAttributesCount', {
        get() {
          throw new Error('this cannot be read')
        },
      })
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  }
  const behind = new SimpleLogRecordProcessor({ exporter })
  const provider = new LoggerProvider({ processors: [hostile, processor, behind] })
  const emit = () => {
    provider.getLogger('row 11').emit({ body: 'unreadable' })
    provider.getLogger('row 11').emit({ body: 'sound' })
  }
  return { emit, seen: () => exporter.getFinishedLogRecords() }
}

/** Reads what it is given and hopes for the best. */
const carelessProcessor: LogRecordProcessor = {
  onEmit: (record) => void record.droppedAttributesCount,
  forceFlush: async () => undefined,
  shutdown: async () => undefined,
}

/** The body, an array attribute and a bytes attribute as exported, all of which were changed after the emit. */
async function changedAfterEmit(create: CreateProcessor): Promise<unknown[]> {
  const exporter = new ScriptedExporter(answerLater)
  const processor = create({ exporter, scheduledDelayMillis: NEVER_MILLIS })
  const body = { state: 'emitted' }
  const list = { items: ['emitted'] }
  const bytes = new Uint8Array([1])
  new LoggerProvider({ processors: [processor] }).getLogger('row 12').emit({
    body,
    attributes: { list, bytes },
  })
  body.state = 'changed'
  list.items[0] = 'changed'
  bytes[0] = 2
  await processor.forceFlush()
  await processor.shutdown()
  const [exported] = exporter.delivered
  const items = Object(exported?.attributes.list).items
  return [exported?.body, items, exported?.attributes.bytes]
}

/** Answers all calls from this number on, those that come later too. */
function answerFrom(exporter: ScriptedExporter, index: number): void {
  void exporter.call(index).then((call: HeldCall) => {
    answerLater(call)
    answerFrom(exporter, index + 1)
  })
}

/** Shuts down on a clock that stands still otherwise. */
async function endOn(clock: ManualClock, processor: LogRecordProcessor): Promise<void> {
  const shutDown = processor.shutdown()
  await clock.advance(10_000)
  await shutDown
  strictEqual(clock.pendingTimers, 0)
}
