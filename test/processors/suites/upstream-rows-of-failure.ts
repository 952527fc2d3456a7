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
import { ManualClock } from '../../support/manual-clock.js'
import { answerLater, ScriptedExporter } from '../../support/scripted-exporter.js'
import { type CreateProcessor, sdk } from './sdk-processor.js'
import type { MakeProcessor } from './subject.js'
import { endOn, NEVER_MILLIS, onSystemClock } from './upstream-support.js'

/** Row 6, for exporters that are objects; see `upstreamRowsOfFlow`. */
export function upstreamRowOfTimeouts(make: MakeProcessor): void {
  const create = onSystemClock(make)

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
}

/**
 * The rows about exporters, resources and records that fail: 7, 8, 11 and 12. See `upstreamRowsOfFlow`.
 *
 * @param resourceWaits how many waits for a resource outlast the only processor of its records: on the export thread
 *   it is all processors' own, and is waited for to the end, by a timer that keeps no process.
 */
export function upstreamRowsOfFailure(make: MakeProcessor, resourceWaits: 0 | 1): void {
  const create = onSystemClock(make)

  it('row 7: a resource attribute that never settles holds records back for 5 s, and shutdown not at all longer', async () => {
    const clock = new ManualClock()
    const exporter = new ScriptedExporter((call) => clock.nextTurn(() => call.answer()))
    const processor = create({ exporter, maxExportBatchSize: 1 }, clock)
    const resource = resourceFromAttributes({ settled: 'yes', pending: new Promise<string>(() => undefined) })
    const logger = new LoggerProvider({ resource, processors: [processor] }).getLogger('row 7')
    logger.emit({ body: 'held back' })
    await clock.advance(4_999)
    strictEqual(exporter.calls.length, 0)
    const { queueSize, inFlight } = processor.stats()
    strictEqual(queueSize + inFlight, 1)
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
    strictEqual(clock.pendingTimers, resourceWaits)
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
