import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { LoggerProvider, type LogRecordProcessor } from '@opentelemetry/sdk-logs'
import { otlp, QueueLogRecordProcessor, type QueueLogRecordProcessorOptions } from 'otel-sluice'
import { type Clock, systemClock } from '#src/common/clock.js'
import { SyncLogRecordProcessor } from '#src/processors/sync-log-record-processor.js'
import { diagnosticsDuring } from '../support/diagnostics.js'
import { ManualClock } from '../support/manual-clock.js'
import { accept, hang, OtlpReceiver, refusingUrl, rejecting, status } from '../support/otlp-receiver.js'
import { until } from '../support/turns.js'
import { accountedFor } from './suites/accounted-for.js'

/** No test takes so long: what goes was woken. */
const TOO_LONG_MILLIS = 60_000
const MIB = 1024 * 1024

describe('a queue to the export thread', () => {
  let receiver: OtlpReceiver
  let processors: LogRecordProcessor[]

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
    processors = []
  })

  afterEach(async () => {
    await receiver.close()
    await Promise.allSettled(processors.map((processor) => processor.shutdown()))
  })

  function create(
    options: Omit<Partial<QueueLogRecordProcessorOptions>, 'exporter'> = {},
    clock: Clock = systemClock,
  ) {
    const exporter = otlp({ url: receiver.url })
    const all = { exporter, shutdownTimeoutMillis: 100, ...options }
    const processor = new QueueLogRecordProcessor(all, clock)
    processors.push(processor)
    return { processor, logger: new LoggerProvider({ processors: [processor] }).getLogger('thread') }
  }
  const bodies = () => receiver.records.map(({ body }) => body)

  it('without batches, waits once for a record that is not answered, keeps one behind it, and drops others', async () => {
    // The thread runs already: to start it may take longer than the wait, and nothing would have been taken by then.
    const running = create()
    running.logger.emit({ body: 'running' })
    await running.processor.forceFlush()
    receiver.behaviour = (index) => (index === 1 ? hang : accept)
    const processor = new SyncLogRecordProcessor({
      exporter: otlp({ url: receiver.url }),
      exportTimeoutMillis: 2_000,
      blockTimeoutMillis: 500,
    })
    const logger = new LoggerProvider({ processors: [processor] }).getLogger('sync')
    for (let i = 0; i < 5; i++) logger.emit({ body: i })
    await until(() => receiver.requests.length === 2)
    const { emitted, exported, failed, inFlight, queueSize, dropped } = processor.stats()
    deepStrictEqual(
      { emitted, exported, failed, inFlight, queueSize, dropped: dropped.block_timeout },
      { emitted: 5, exported: 0, failed: 0, inFlight: 1, queueSize: 1, dropped: 3 },
    )
    await processor.shutdown()
    deepStrictEqual(bodies(), ['running', 0, 1], 'what was kept arrives once the receiver answers')
    strictEqual(processor.stats().exported, 2)
  })

  describe('takes memory', () => {
    const original = globalThis.SharedArrayBuffer
    /** The sizes of all that was made and is not small. */
    let large: number[]

    beforeEach(() => {
      large = []
      globalThis.SharedArrayBuffer = new Proxy(original, {
        construct(target, [bytes]: [number]) {
          if (bytes >= MIB) large.push(bytes)
          return new target(bytes)
        },
      })
    })

    afterEach(() => {
      globalThis.SharedArrayBuffer = original
    })

    it('once, for queues that come and go one after the other', async () => {
      // The thread lives as long as it has a queue.
      create()
      large = []
      for (let i = 0; i < 20; i++) {
        const { processor, logger } = create({ maxQueueBytes: 3 * MIB, shutdownTimeoutMillis: 10_000 })
        logger.emit({ body: i })
        await processor.shutdown()
      }
      // A ring and its slots; twice where the second queue begins before the thread has let go of the first.
      ok(large.length <= 4, `${large.length} times`)
      deepStrictEqual(
        bodies(),
        Array.from({ length: 20 }, (_, i) => i),
      )
    })

    it('for one batch in flight where the caller waits for each record', async () => {
      processors.push(new SyncLogRecordProcessor({ exporter: otlp({ url: receiver.url }) }))
      // It may have what another queue had, which is no more than that.
      deepStrictEqual(
        large.filter((bytes) => bytes > 20 * MIB),
        [],
      )
    })
  })

  for (const mode of ['dropping', 'sliding'] as const) {
    it(`has every record in exactly one place whenever somebody looks (${mode})`, async () => {
      receiver.behaviour = (index, { length }) =>
        [accept, rejecting(Math.min(5, length)), status(400)][index % 3] ?? accept
      const { processor, logger } = create({
        mode,
        maxQueueSize: 500,
        maxExportBatchSize: 50,
        scheduledDelayMillis: 5,
        concurrency: 4,
      })
      let emitted = 0
      for (let turn = 0; turn < 200; turn++) {
        for (let i = 0; i < 100; i++) {
          logger.emit({ body: emitted++ })
          const stats = processor.stats()
          strictEqual(accountedFor(stats), emitted)
          ok(stats.inFlight <= 200)
          // A sliding queue may run over while a batch is being taken.
          if (mode === 'dropping') ok(stats.queueSize <= 500)
        }
        await new Promise<void>((resolve) => setImmediate(resolve))
        for (let i = 0; i < 20; i++) strictEqual(accountedFor(processor.stats()), emitted)
      }
      await processor.forceFlush()
      const { exported, failed, queueSize, inFlight, dropped } = processor.stats()
      deepStrictEqual({ queueSize, inFlight }, { queueSize: 0, inFlight: 0 })
      strictEqual(receiver.records.length, exported)
      const failures = receiver.requests.map(
        ({ records }, index) => [0, Math.min(5, records.length), records.length][index % 3] ?? 0,
      )
      strictEqual(
        failed,
        failures.reduce((sum, count) => sum + count, 0),
      )
      strictEqual(mode === 'dropping' ? dropped.queue_full : dropped.evicted, emitted - exported - failed)
    })
  }

  for (const mode of ['dropping', 'sliding'] as const) {
    it(`is drained when it becomes full, whenever the last batch went (${mode})`, async () => {
      const options = {
        mode,
        maxQueueSize: 100,
        maxExportBatchSize: 100,
        scheduledDelayMillis: TOO_LONG_MILLIS,
      }
      const { processor, logger } = create(options)
      for (let i = 0; i < 30; i++) logger.emit({ body: i })
      await processor.forceFlush()
      // The hundredth record wakes the export thread, which finds 70 of them, too few for a batch.
      for (let i = 30; i < 100; i++) logger.emit({ body: i })
      const other = create()
      other.logger.emit({ body: 'there and back' })
      await other.processor.forceFlush()
      for (let i = 100; i < 130; i++) logger.emit({ body: i })
      await until(() => receiver.records.length === 131)
    })
  }

  it('runs over its bytes by none, with records of any length', async () => {
    receiver.behaviour = () => hang
    const { processor, logger } = create({ maxQueueBytes: 65_539, maxQueueSize: 10_000 })
    for (let i = 0; i < 3_000; i++) {
      logger.emit({ body: 'x'.repeat(i % 13) })
      ok(processor.stats().queueBytes <= 65_539)
    }
    ok(processor.stats().dropped.queue_full > 0)
  })

  it('delivers in order, through one thread for several queues', async () => {
    const [first, second] = [create(), create()]
    for (let i = 0; i < 1_000; i++) {
      first.logger.emit({ body: i, attributes: { queue: 1 } })
      second.logger.emit({ body: i, attributes: { queue: 2 } })
    }
    await Promise.all([first.processor.forceFlush(), second.processor.forceFlush()])
    for (const queue of [1, 2]) {
      const numbers = receiver.records.filter(({ attributes }) => attributes.queue === queue)
      deepStrictEqual(
        numbers.map(({ body }) => body),
        Array.from({ length: 1_000 }, (_, i) => i),
      )
    }
  })

  it('goes as soon as half of its bytes are used, however few the records are', async () => {
    const { logger } = create({ maxQueueBytes: MIB, scheduledDelayMillis: TOO_LONG_MILLIS })
    for (let i = 0; i < 60; i++) logger.emit({ body: 'x'.repeat(10_000) })
    await receiver.waitForRecords(50)
  })

  it('takes a small record when it is empty, after however large ones, beside a reserve', async () => {
    const reserve = { minSeverity: 17, fraction: 0.9 }
    const { processor, logger } = create({ maxQueueBytes: 65_536, reserve })
    for (let i = 0; i < 8; i++) {
      logger.emit({ severityNumber: 17, body: 'x'.repeat(50_000) })
      await processor.forceFlush()
    }
    logger.emit({ severityNumber: 9, body: 'small' })
    await processor.forceFlush()
    logger.emit({ severityNumber: 9, body: 'too large for what is left to its severity'.repeat(200) })
    await processor.forceFlush()
    const { exported, dropped } = processor.stats()
    strictEqual(exported, 9)
    strictEqual(dropped.queue_full, 0)
    strictEqual(dropped.record_too_large, 1)
  })

  describe('row 14: the deadline of a shutdown is a deadline', () => {
    for (const [what, url, behaviour] of [
      ['refuses connections', refusingUrl, accept],
      ['answers 503', async () => receiver.url, status(503)],
      ['answers 503 and asks for a minute', async () => receiver.url, status(503, '60')],
      ['never answers', async () => receiver.url, hang],
    ] as const) {
      it(`when the receiver ${what}`, async () => {
        receiver.behaviour = () => behaviour
        const exporter = otlp({ url: await url() })
        const processor = new QueueLogRecordProcessor({ exporter, shutdownTimeoutMillis: 300 })
        const logger = new LoggerProvider({ processors: [processor] }).getLogger('row 14')
        for (let i = 0; i < 600; i++) logger.emit({ body: i })
        const start = performance.now()
        await rejects(processor.shutdown(), /could not deliver 600 log records/)
        ok(performance.now() - start < 2_000)
        const { emitted, failed, queueSize, inFlight } = processor.stats()
        deepStrictEqual(
          { emitted, failed, queueSize, inFlight },
          { emitted: 600, failed: 600, queueSize: 0, inFlight: 0 },
        )
      })
    }
  })

  it('row 16: large records go in small requests, and a receiver that takes less loses only what is too large', async () => {
    receiver.behaviour = (_index, records) =>
      records.reduce((sum, { body }) => sum + String(body).length, 0) > MIB ? status(413) : accept
    const { processor, logger } = create({ maxQueueBytes: 128 * MIB, concurrency: 2 })
    const large = 'x'.repeat(200_000)
    const tooLarge = 'x'.repeat(1.5 * MIB)
    for (let i = 0; i < 100; i++) logger.emit({ body: i % 25 === 7 ? tooLarge : large, attributes: { i } })
    await processor.forceFlush()
    const { exported, failed } = processor.stats()
    deepStrictEqual({ exported, failed }, { exported: 96, failed: 4 })
    strictEqual(receiver.records.length, 96)
    ok(receiver.requests.every(({ headers }) => Number(headers['content-length']) < 5 * MIB))
  })

  describe('whose records have a resource that is still being detected', () => {
    function detecting(clock: ManualClock) {
      let detect: (id: string) => void = () => undefined
      const detected = new Promise<string>((resolve) => {
        detect = resolve
      })
      const processor = create({ scheduledDelayMillis: 1 }, clock).processor
      const resource = resourceFromAttributes({ 'service.name': 'shop', 'host.id': detected })
      return {
        processor,
        detect,
        logger: new LoggerProvider({ resource, processors: [processor] }).getLogger('x'),
      }
    }
    const resources = () => receiver.records.map(({ resource }) => resource.attributes)

    /** Everything that can go has gone: another queue's records went, in the meantime, on the same thread. */
    async function otherRecordsGo(): Promise<void> {
      const other = create()
      other.logger.emit({ body: 'other' })
      await other.processor.forceFlush()
      strictEqual(receiver.records.pop()?.body, 'other')
    }

    it('holds them back until it is detected', async () => {
      const { processor, detect, logger } = detecting(new ManualClock())
      for (let i = 0; i < 3; i++) logger.emit({ body: i })
      await otherRecordsGo()
      strictEqual(processor.stats().queueSize, 3)
      detect('host 1')
      await receiver.waitForRecords(3)
      deepStrictEqual(bodies(), [0, 1, 2])
      deepStrictEqual(resources(), Array(3).fill({ 'service.name': 'shop', 'host.id': 'host 1' }))
    })

    it('holds them back for 5 s at most, and shows the rest on what goes later', async () => {
      const clock = new ManualClock()
      const { processor, detect, logger } = detecting(clock)
      logger.emit({ body: 'early' })
      await clock.advance(4_999)
      await otherRecordsGo()
      strictEqual(processor.stats().queueSize, 1)
      await clock.advance(1)
      await receiver.waitForRecords(1)
      logger.emit({ body: 'in between' })
      await receiver.waitForRecords(2)
      detect('host 1')
      await until(() => processor.stats().inFlight === 0)
      await otherRecordsGo()
      logger.emit({ body: 'late' })
      await receiver.waitForRecords(3)
      deepStrictEqual(resources(), [
        { 'service.name': 'shop' },
        { 'service.name': 'shop' },
        { 'service.name': 'shop', 'host.id': 'host 1' },
      ])
    })
  })

  it('row 15: asks no more often because the receiver asks for no wait', async () => {
    receiver.behaviour = () => status(503, '0')
    const { processor, logger } = create()
    logger.emit({ body: 1 })
    const start = performance.now()
    const flushed = processor.forceFlush()
    await receiver.waitForRequests(3)
    // Two pauses, of 375 ms and of 637 ms at the least.
    ok(performance.now() - start >= 1_000)
    receiver.behaviour = () => accept
    await flushed
    strictEqual(receiver.records.length, 1)
  })

  it('tells of records that a receiver refuses, with its status', async () => {
    receiver.behaviour = () => status(401)
    const { processor, logger } = create({ name: 'refused' })
    const told = await diagnosticsDuring(async () => {
      logger.emit({ body: 'secret' })
      await processor.forceFlush()
      await processor.shutdown()
    })
    deepStrictEqual(told, [
      'otel-sluice: refused is losing log records (failed: 401)',
      'otel-sluice: refused lost 1 log records in an episode of 0 s that is over now (failed: 1)',
    ])
  })

  it('counts what an exporter fails that cannot be made, and goes on', async () => {
    const exporter = otlp({ url: receiver.url, httpAgentOptions: { scheduling: 'none of these' } })
    const processor = new QueueLogRecordProcessor({ exporter })
    const logger = new LoggerProvider({ processors: [processor] }).getLogger('unusable')
    for (let i = 0; i < 10; i++) logger.emit({ body: i })
    const other = create()
    other.logger.emit({ body: 'other' })
    await processor.forceFlush()
    strictEqual(processor.stats().failed, 10)
    strictEqual(processor.stats().workerRestarts, 0)
    await other.processor.forceFlush()
    deepStrictEqual(bodies(), ['other'])
    await processor.shutdown()
  })
})
