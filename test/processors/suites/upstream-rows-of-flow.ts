import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { LoggerProvider, type LogRecordProcessor } from '@opentelemetry/sdk-logs'
import { diagnosticsDuring } from '../../support/diagnostics.js'
import { ManualClock } from '../../support/manual-clock.js'
import { answerLater, type HeldCall, ScriptedExporter } from '../../support/scripted-exporter.js'
import { type CreateProcessor, sdk } from './sdk-processor.js'
import type { MakeProcessor } from './subject.js'
import { type CreateOurs, endOn, NEVER_MILLIS, onSystemClock } from './upstream-support.js'

/**
 * What goes wrong in the SDK's BatchLogRecordProcessor, row by row, and does not in the processor that `make` makes. Where
 * it is quick to show, the same scenario runs over the SDK's, and has the outcome the row tells of. Here: rows 1 to 5,
 * flush, shutdown and load.
 */
export function upstreamRowsOfFlow(make: MakeProcessor): void {
  const create = onSystemClock(make)

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

/** Answers all calls from this number on, those that come later too. */
function answerFrom(exporter: ScriptedExporter, index: number): void {
  void exporter.call(index).then((call: HeldCall) => {
    answerLater(call)
    answerFrom(exporter, index + 1)
  })
}
