import assert from 'node:assert/strict'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { otlp, QueueLogRecordProcessor, type QueueLogRecordProcessorOptions } from 'otel-sluice'
import { SyncLogRecordProcessor } from '#src/processors/sync-log-record-processor.js'
import { HANDLER_HEADER, SEQUENCE } from '../../examples/websocket-service/arrivals.js'
import { startReceiver } from '../../examples/websocket-service/receiver-process.js'
import {
  accept,
  delay,
  inTurn,
  OtlpReceiver,
  refusingUrl,
  rejecting,
  status,
} from '../support/otlp-receiver.js'
import { byErrorType, meterProviderToCollect } from './suites/collected-metrics.js'
import { type ContractSubject, processorContract } from './suites/contract.js'
import { emit, emitNumbers, emittedRecord, numbers } from './suites/emitted-records.js'
import { type AccountedProcessor, accountedFor } from './suites/subject.js'

const BURST = 100_000
const CAPACITY = 2_048
const DEBUG = 5
const ERROR = 17
const quiet = { metrics: false, exitHook: false }

type Exporter = QueueLogRecordProcessorOptions['exporter']

describe('on the export thread', () => {
  let receiver: OtlpReceiver
  let subjects = 0

  before(async () => {
    receiver = await OtlpReceiver.start()
  })
  afterEach(() => {
    receiver.behaviour = () => accept
  })
  after(() => receiver.close())

  /** A processor whose records can be told from those of others at the receiver. */
  function subject<P extends AccountedProcessor>(
    make: (exporter: Exporter) => P,
  ): ContractSubject & { readonly processor: P } {
    const id = String(subjects++)
    return {
      processor: make(otlp({ url: receiver.url, headers: { 'x-subject': id } })),
      arrived: () =>
        receiver.requests
          .filter(({ headers, status: answer }) => headers['x-subject'] === id && answer === 200)
          .flatMap(({ records }) => records.map(({ body, attributes }) => ({ body, attributes }))),
      settled: (promise) => promise,
    }
  }

  for (const mode of ['dropping', 'sliding', 'blocking'] as const) {
    processorContract(`a ${mode} queue`, () =>
      subject((exporter) => new QueueLogRecordProcessor({ ...quiet, exporter, mode })),
    )
  }

  describe(`of a burst of ${BURST} records in one loop`, () => {
    const bursts = [
      { mode: 'dropping', keeps: 'first', first: 0, reason: 'queue_full' },
      { mode: 'sliding', keeps: 'last', first: BURST - CAPACITY, reason: 'evicted' },
    ] as const
    for (const { mode, keeps, first, reason } of bursts) {
      it(`${mode} keeps exactly the ${keeps}, as many as the queue holds`, async () => {
        const { resource, settle } = pendingResource()
        const { processor, arrived } = subject(
          (exporter) => new QueueLogRecordProcessor({ ...quiet, exporter, mode, maxQueueSize: CAPACITY }),
        )
        // Records whose resource has not settled are not taken, so that the queue gets as full as it can.
        for (const body of numbers(BURST)) processor.onEmit(emittedRecord({ resource, body }))
        assert.equal(processor.stats().dropped[reason], BURST - CAPACITY)
        settle()
        await processor.shutdown()
        assert.deepEqual(bodiesOf(await arrived()), numbers(CAPACITY, first))
        const stats = processor.stats()
        assert.deepEqual([stats.emitted, stats.exported, stats.failed], [BURST, CAPACITY, 0])
        assert.equal(accountedFor(stats), BURST)
      })
    }

    it('sliding with reportLoss says how many are missing, before the oldest that is left', async () => {
      const { resource, settle } = pendingResource()
      const { processor, arrived } = subject(
        (exporter) =>
          new QueueLogRecordProcessor({
            ...quiet,
            exporter,
            mode: 'sliding',
            maxQueueSize: CAPACITY,
            reportLoss: true,
          }),
      )
      for (const body of numbers(BURST)) processor.onEmit(emittedRecord({ resource, body }))
      settle()
      await processor.shutdown()
      assert.deepEqual(bodiesOf(await arrived()), [
        `${BURST - CAPACITY} log records are missing here`,
        ...numbers(CAPACITY, BURST - CAPACITY),
      ])
      const stats = processor.stats()
      assert.deepEqual([stats.emitted, stats.exported], [BURST + 1, CAPACITY + 1])
      assert.equal(accountedFor(stats), stats.emitted)
    })

    it('blocking keeps all, in order', async () => {
      // In another process: this one sleeps while it waits for room.
      const other = await startReceiver()
      const exporter = otlp({ url: `${other.endpoint}/v1/logs`, headers: { [HANDLER_HEADER]: 'burst' } })
      const processor = new QueueLogRecordProcessor({
        ...quiet,
        exporter,
        mode: 'blocking',
        maxQueueSize: CAPACITY,
      })
      for (const n of numbers(BURST, 1))
        processor.onEmit(emittedRecord({ body: n, attributes: { [SEQUENCE]: n } }))
      await processor.shutdown()
      const { handlers } = await other.summary()
      await other.stop()
      assert.deepEqual(handlers.burst, {
        records: BURST,
        duplicates: 0,
        outOfOrder: 0,
        unnumbered: 0,
        lowest: 1,
        highest: BURST,
      })
      const { exported, blockedMillis } = processor.stats()
      assert.equal(exported, BURST)
      assert.ok(blockedMillis > 0)
      assert.equal(accountedFor(processor.stats()), BURST)
    })
  })

  it('under a flood of debug lines, an error that fits the reserve is not refused', async () => {
    const { resource, settle } = pendingResource()
    const { processor, arrived } = subject(
      (exporter) =>
        new QueueLogRecordProcessor({
          ...quiet,
          exporter,
          maxQueueSize: 100,
          reserve: { minSeverity: ERROR, fraction: 0.1 },
        }),
    )
    for (const error of numbers(10)) {
      for (const debug of numbers(500)) {
        processor.onEmit(emittedRecord({ resource, severityNumber: DEBUG, body: debug }))
      }
      processor.onEmit(emittedRecord({ resource, severityNumber: ERROR, body: `error ${error}` }))
    }
    assert.equal(processor.stats().dropped.queue_full, 5_000 - 90)
    processor.onEmit(emittedRecord({ resource, severityNumber: ERROR, body: 'one too many' }))
    assert.equal(processor.stats().dropped.queue_full, 5_000 - 90 + 1)
    settle()
    await processor.shutdown()
    assert.deepEqual(
      bodiesOf(await arrived()).filter((body) => typeof body === 'string'),
      numbers(10).map((n) => `error ${n}`),
    )
  })

  describe('the account', () => {
    it('holds at every read, under load, whatever the receiver answers', async () => {
      receiver.behaviour = inTurn(accept, rejecting(3), status(400), delay(5), status(413), accept)
      for (const mode of ['dropping', 'sliding'] as const) {
        const { processor, arrived } = subject(
          (exporter) =>
            new QueueLogRecordProcessor({
              ...quiet,
              exporter,
              mode,
              maxQueueSize: 256,
              maxExportBatchSize: 32,
              scheduledDelayMillis: 5,
              concurrency: 3,
            }),
        )
        for (const round of numbers(60)) {
          emitNumbers(processor, 100, 100 * round)
          for (const _ of numbers(50)) assert.equal(accountedFor(processor.stats()), 100 * (round + 1))
          await new Promise((resolve) => setImmediate(resolve))
        }
        await processor.forceFlush()
        const { queueSize, inFlight, exported } = processor.stats()
        assert.deepEqual([queueSize, inFlight], [0, 0])
        // What was rejected is in the request, but not among what the receiver took.
        assert.ok((await arrived()).length >= exported)
        await processor.shutdown()
        assert.equal(accountedFor(processor.stats()), 6_000)
      }
    })

    it('counts what shutdown gave up on as failed, and shutdown says how many', async () => {
      const processor = new QueueLogRecordProcessor({
        ...quiet,
        exporter: otlp({ url: await refusingUrl() }),
        shutdownTimeoutMillis: 200,
      })
      emit(processor, 'lost', 'lost too')
      await assert.rejects(processor.shutdown(), /2 log records/)
      const { failed, queueSize, inFlight } = processor.stats()
      assert.deepEqual([failed, queueSize, inFlight], [2, 0, 0])
      emit(processor, 'late')
      assert.equal(processor.stats().dropped.already_shutdown, 1)
    })

    it('forceFlush() that runs out of time says how many records are pending, and drops none', async () => {
      receiver.behaviour = inTurn(delay(400))
      const { processor } = subject((exporter) => new QueueLogRecordProcessor({ ...quiet, exporter }))
      emit(processor, 'a', 'b', 'c')
      await assert.rejects(processor.forceFlush({ timeoutMillis: 50 }), /50 ms with 3 log records pending/)
      await processor.forceFlush()
      assert.equal(processor.stats().exported, 3)
      await processor.shutdown()
    })

    it('a logger whose first record comes where there is no stack left neither loses its resource nor holds others up', async () => {
      const { processor } = subject((exporter) => new QueueLogRecordProcessor({ ...quiet, exporter }))
      const resource = resourceFromAttributes({ 'service.name': 'shop' })
      const provider = new LoggerProvider({ resource, processors: [processor] })
      const before = receiver.records.length
      for (const name of ['orders', 'payments', 'stock']) {
        const logger = provider.getLogger(name)
        const recurse = (): void => {
          try {
            recurse()
          } catch {
            logger.emit({ body: 'no stack left' })
          }
        }
        try {
          recurse()
        } catch {
          // Not even for the call.
        }
        logger.emit({ body: name })
      }
      await processor.forceFlush()
      const arrived = receiver.records.slice(before)
      for (const { resource } of arrived) assert.equal(resource.attributes['service.name'], 'shop')
      const bodies = arrived.map(({ body }) => body).filter((body) => body !== 'no stack left')
      assert.deepEqual(bodies, ['orders', 'payments', 'stock'])
      await processor.shutdown()
    })

    it('a record that can never fit is too large, and the next one goes', async () => {
      const { processor, arrived } = subject(
        (exporter) => new QueueLogRecordProcessor({ ...quiet, exporter, maxQueueBytes: 65_536 }),
      )
      emit(processor, 'x'.repeat(70_000), 'small')
      assert.equal(processor.stats().dropped.record_too_large, 1)
      await processor.shutdown()
      assert.deepEqual(bodiesOf(await arrived()), ['small'])
    })

    it('the queue is bounded by its bytes as well', async () => {
      const { resource, settle } = pendingResource()
      const { processor } = subject(
        (exporter) => new QueueLogRecordProcessor({ ...quiet, exporter, maxQueueBytes: 65_536 }),
      )
      for (const _ of numbers(100)) processor.onEmit(emittedRecord({ resource, body: 'x'.repeat(1_000) }))
      const { queueBytes, queueSize, dropped } = processor.stats()
      assert.ok(queueBytes <= 65_536 && queueBytes > 60_000, String(queueBytes))
      assert.equal(dropped.queue_full, 100 - queueSize)
      settle()
      await processor.shutdown()
    })

    for (const { mode, isKept } of [
      { mode: 'dropping', isKept: false },
      { mode: 'sliding', isKept: true },
    ] as const) {
      it(`${mode} holds a record that is far longer than those before it to the bytes that are left`, async () => {
        const { resource, settle } = pendingResource()
        const { processor, arrived } = subject(
          (exporter) => new QueueLogRecordProcessor({ ...quiet, exporter, mode, maxQueueBytes: 65_536 }),
        )
        const short = 'x'.repeat(1_000)
        const long = 'y'.repeat(20_000)
        for (const _ of numbers(50)) processor.onEmit(emittedRecord({ resource, body: short }))
        processor.onEmit(emittedRecord({ resource, body: long }))
        const { queueBytes, queueSize, dropped } = processor.stats()
        assert.ok(queueBytes <= 65_536, String(queueBytes))
        assert.equal(dropped.queue_full, isKept ? 0 : 1)
        assert.equal(dropped.evicted, 51 - queueSize - dropped.queue_full)
        settle()
        await processor.shutdown()
        assert.equal(bodiesOf(await arrived()).includes(long), isKept)
      })
    }
  })

  describe('the metrics', () => {
    it('equal stats() and tell of the exporter: what it exported, what failed and why, and how long it took', async () => {
      const first = receiver.requests.length
      receiver.behaviour = (index) => inTurn(accept, rejecting(2), status(400))(index - first)
      const { meterProvider, collect } = meterProviderToCollect()
      const { processor } = subject(
        (exporter) =>
          new QueueLogRecordProcessor({
            exitHook: false,
            exporter,
            meterProvider,
            name: 'tested',
            maxExportBatchSize: 10,
          }),
      )
      for (const round of numbers(3)) {
        emitNumbers(processor, 10, 10 * round)
        await processor.forceFlush()
      }
      const points = await collect('tested')
      const value = (metric: string) => points.find((point) => point.metric === metric)?.value
      const { exported, queueSize, capacity } = processor.stats()
      assert.equal(exported, 18)
      assert.deepEqual(byErrorType(points, 'otel.sdk.exporter.log.exported'), {
        '': exported,
        rejected: 2,
        400: 10,
      })
      assert.deepEqual(byErrorType(points, 'otel.sdk.processor.log.processed'), { '': 30 })
      assert.equal(value('otel.sdk.exporter.log.inflight'), 0)
      assert.equal(value('otel.sdk.processor.log.queue.size'), queueSize)
      assert.equal(value('otel.sdk.processor.log.queue.capacity'), capacity)
      assert.equal(value('sluice.queue.bytes'), 0)
      assert.equal(value('sluice.worker.restarts'), 0)
      const durations = points.filter(({ metric }) => metric === 'otel.sdk.exporter.operation.duration')
      assert.deepEqual(
        durations.map(({ attributes, value: histogram }) => [
          attributes['http.response.status_code'],
          typeof histogram === 'object' && histogram !== null && 'count' in histogram && histogram.count,
        ]),
        [
          [200, 2],
          [400, 1],
        ],
      )
      const { hostname, port } = new URL(receiver.url)
      for (const { attributes } of durations) {
        assert.equal(attributes['otel.component.type'], 'otlp_http_log_exporter')
        assert.deepEqual([attributes['server.address'], attributes['server.port']], [hostname, Number(port)])
      }
      await processor.shutdown()
    })

    it('show what waits and what is under way, and the bytes of it', async () => {
      const { meterProvider, collect } = meterProviderToCollect()
      const { resource, settle } = pendingResource()
      const { processor } = subject(
        (exporter) =>
          new QueueLogRecordProcessor({ exitHook: false, exporter, meterProvider, name: 'waiting' }),
      )
      processor.onEmit(emittedRecord({ resource }))
      const points = await collect('waiting')
      const value = (metric: string) => points.find((point) => point.metric === metric)?.value
      assert.equal(value('otel.sdk.processor.log.queue.size'), 1)
      assert.equal(value('sluice.queue.bytes'), processor.stats().queueBytes)
      assert.ok(processor.stats().queueBytes > 0)
      settle()
      await processor.shutdown()
    })
  })

  it('a synchronous processor has delivered the record when the call returns', async () => {
    const other = await startReceiver()
    const exporter = otlp({ url: `${other.endpoint}/v1/logs`, headers: { [HANDLER_HEADER]: 'sync' } })
    const processor = new SyncLogRecordProcessor({ metrics: false, exporter })
    for (const n of numbers(5, 1)) {
      processor.onEmit(emittedRecord({ attributes: { [SEQUENCE]: n } }))
      assert.equal(processor.stats().exported, n)
    }
    assert.equal((await other.summary()).handlers.sync?.records, 5)
    await processor.shutdown()
    await other.stop()
  })
})

function bodiesOf(arrived: readonly { readonly body: unknown }[]): unknown[] {
  return arrived.map(({ body }) => body)
}

/** A resource with an attribute that is still being detected, and what ends that. */
function pendingResource(): { readonly resource: ReadableLogRecord['resource']; settle(): void } {
  let settle: () => void = () => undefined
  const detected = new Promise<string>((resolve) => {
    settle = () => resolve('found')
  })
  const resource = resourceFromAttributes({ 'host.name': detected })
  return { resource, settle }
}
