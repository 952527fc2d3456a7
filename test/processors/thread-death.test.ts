import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { syncBuiltinESMExports } from 'node:module'
import workerThreads, { Worker } from 'node:worker_threads'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { otlp, QueueLogRecordProcessor, type QueueLogRecordProcessorOptions } from 'otel-sluice'
import { accept, hang, inTurn, OtlpReceiver, status } from '../support/otlp-receiver.js'
import { accountedFor } from './suites/accounted-for.js'
import { byErrorType, meterProviderToCollect } from './suites/collected-metrics.js'

/**
 * Every worker thread that is started. In place before any test runs: the export thread may still be one that another
 * test's processor has started.
 */
const workers: Worker[] = []
class SeenWorker extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args)
    workers.push(this)
  }
}
Reflect.set(workerThreads, 'Worker', SeenWorker)
syncBuiltinESMExports()

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('a queue whose export thread dies', () => {
  let receiver: OtlpReceiver
  let processor: QueueLogRecordProcessor

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
  })

  afterEach(async () => {
    await receiver.close()
    await processor.shutdown().catch(() => undefined)
  })

  function emit(records: number, options: Omit<QueueLogRecordProcessorOptions, 'exporter'> = {}): void {
    const exporter = otlp({ url: receiver.url })
    processor = new QueueLogRecordProcessor({ exporter, shutdownTimeoutMillis: 100, ...options })
    const logger = new LoggerProvider({ processors: [processor] }).getLogger('dying')
    for (let i = 0; i < records; i++) logger.emit({ body: i })
  }
  const die = async () => {
    const [worker] = workers.slice(-1)
    ok(worker !== undefined)
    await worker.terminate()
  }
  const bodies = () => receiver.records.map(({ body }) => body)

  it('has what was in flight sent again, and everything else sent once', async () => {
    receiver.behaviour = inTurn(accept, hang, hang, accept)
    emit(100, { maxExportBatchSize: 10, concurrency: 2 })
    const flushed = processor.forceFlush()
    await receiver.waitForRequests(3)
    await die()
    strictEqual(accountedFor(processor.stats()), 100)
    await flushed
    deepStrictEqual(
      bodies().sort((a, b) => Number(a) - Number(b)),
      upTo(100),
    )
    const { exported, failed, workerRestarts } = processor.stats()
    deepStrictEqual({ exported, failed, workerRestarts }, { exported: 100, failed: 0, workerRestarts: 1 })
  })

  it('has nothing of a batch sent again that was done with', async () => {
    receiver.behaviour = inTurn(status(413), accept, hang, accept)
    emit(10)
    const flushed = processor.forceFlush()
    await receiver.waitForRequests(3)
    await die()
    await flushed
    deepStrictEqual(bodies(), upTo(10))
    strictEqual(processor.stats().exported, 10)
  })

  it('has it replaced as often as it dies', async () => {
    receiver.behaviour = inTurn(hang, hang, accept)
    emit(10)
    const started = workers.length
    const flushed = processor.forceFlush()
    for (let deaths = 1; deaths <= 2; deaths++) {
      await receiver.waitForRequests(deaths)
      await die()
    }
    await flushed
    deepStrictEqual(bodies(), upTo(10))
    strictEqual(processor.stats().workerRestarts, 2)
    strictEqual(workers.length, started + 2)
  })

  it('gives up a batch that was in flight at three deaths, and goes on with the others', async () => {
    receiver.behaviour = inTurn(hang, hang, hang, accept)
    const { meterProvider, collect } = meterProviderToCollect()
    emit(30, { maxExportBatchSize: 10, meterProvider, name: 'poisoned' })
    const flushed = processor.forceFlush()
    for (let deaths = 1; deaths <= 3; deaths++) {
      await receiver.waitForRequests(deaths)
      await die()
    }
    await flushed
    deepStrictEqual(bodies(), upTo(30).slice(10))
    const { exported, failed, workerRestarts } = processor.stats()
    deepStrictEqual({ exported, failed, workerRestarts }, { exported: 20, failed: 10, workerRestarts: 3 })
    strictEqual(accountedFor(processor.stats()), 30)
    const points = await collect('poisoned')
    const exports = byErrorType(points, 'otel.sdk.exporter.log.exported')
    deepStrictEqual(exports, { '': 20, export_thread_died: 10 })
    strictEqual(points.find(({ metric }) => metric === 'sluice.worker.restarts')?.value, 3)
  })

  it('accepts records meanwhile', async () => {
    emit(0)
    await die()
    const logger = new LoggerProvider({ processors: [processor] }).getLogger('meanwhile')
    for (let i = 0; i < 10; i++) logger.emit({ body: i })
    await processor.forceFlush()
    deepStrictEqual(bodies(), upTo(10))
  })
})
