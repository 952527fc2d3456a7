import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { request } from 'node:http'
import { type ContextManager, context } from '@opentelemetry/api'
import type { AnyValueMap } from '@opentelemetry/api-logs'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordProcessor } from '@opentelemetry/sdk-logs'
import { otlp, type QueueLogRecordProcessorOptions } from 'otel-sluice'
import { systemClock } from '#src/common/clock.js'
import { accept, hang, OtlpReceiver, refusingUrl, status } from '../../support/otlp-receiver.js'
import type { MakeProcessor } from './subject.js'

/**
 * The rows that need a real exporter and a real receiver; see `upstreamRowsOfFlow`.
 *
 * @param exporterTo what exports to a URL: an exporter object, or the description of one.
 */
export function upstreamRowsOverHttp(
  make: MakeProcessor,
  exporterTo: (url: string) => QueueLogRecordProcessorOptions['exporter'],
): void {
  const create = (url: string, options: Omit<QueueLogRecordProcessorOptions, 'exporter'> = {}) =>
    make({ ...options, exporter: exporterTo(url) }, systemClock)
  const sdk = (url: string) => new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url }) })

  let receiver: OtlpReceiver

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
  })

  afterEach(async () => {
    await receiver.close()
  })

  describe('row 9: shutdown() ends at its deadline, and says how many records are not delivered', () => {
    const SHUTDOWN_MILLIS = 300
    /** Far less than the tens of seconds of the SDK, far more than a busy machine is late. */
    const GENEROUS_MILLIS = 5_000

    const shutdownInto = async (url: string) => {
      const processor = create(url, { shutdownTimeoutMillis: SHUTDOWN_MILLIS })
      const logger = new LoggerProvider({ processors: [processor] }).getLogger('row 9')
      for (let i = 0; i < 600; i++) logger.emit({ body: i })
      const start = performance.now()
      const outcome = await processor.shutdown().then(
        () => 'success',
        (error: Error) => error.message,
      )
      ok(outcome.includes('could not deliver 600 log records'), outcome)
      ok(performance.now() - start < GENEROUS_MILLIS)
      const { emitted, failed, queueSize, inFlight } = processor.stats()
      deepStrictEqual(
        { emitted, failed, queueSize, inFlight },
        { emitted: 600, failed: 600, queueSize: 0, inFlight: 0 },
      )
    }

    it('when the receiver refuses connections', async () => {
      await shutdownInto(await refusingUrl())
    })

    it('when the receiver answers 503', async () => {
      receiver.behaviour = () => status(503)
      await shutdownInto(receiver.url)
    })

    it('when the receiver never answers', async () => {
      receiver.behaviour = () => hang
      await shutdownInto(receiver.url)
    })
  })

  it('row 12: a cyclic body costs no other record anything', async () => {
    deepStrictEqual(await deliveredBesideCyclicBody(create), ['before', { self: '[circular]' }, 'after'])
    receiver.records.length = 0
    deepStrictEqual(await deliveredBesideCyclicBody(sdk), [])
  })

  it('row 12: a body that cannot be read costs at most its own record', async () => {
    const processor = create(receiver.url)
    const logger = new LoggerProvider({ processors: [processor] }).getLogger('row 12')
    const unreadable = () => {
      throw new Error('this cannot be read')
    }
    logger.emit({ body: 'before' })
    logger.emit({ body: new Proxy({}, { ownKeys: unreadable, get: unreadable, getPrototypeOf: unreadable }) })
    logger.emit({ body: Object.defineProperty({}, 'part', { enumerable: true, get: unreadable }) })
    logger.emit({ body: Array.from({ length: 100_000 }, () => 0) })
    logger.emit({ body: 'after' })
    await processor.shutdown()
    deepStrictEqual(
      receiver.records.map(({ body }) => body),
      ['before', '[unreadable]', { part: '[unreadable]' }, 'after'],
    )
    strictEqual(processor.stats().dropped.record_too_large, 1)
  })

  for (const [manager, description] of [
    [new AsyncLocalStorageContextManager(), 'with a context manager'],
    [undefined, 'without any context manager'],
  ] as const) {
    it(`row 17: logging the exporter's own requests makes no loop, ${description}`, async () => {
      const requests = await deliveredWhileRequestsAreLogged(create, manager)
      deepStrictEqual(requests, ['application', 'GET started', 'GET answered', 'application'])
      receiver.records.length = 0
      const sdkRequests = await deliveredWhileRequestsAreLogged(sdk, manager)
      ok(sdkRequests.includes('POST started'))
    })
  }

  async function deliveredBesideCyclicBody(create: (url: string) => LogRecordProcessor): Promise<unknown[]> {
    const processor = create(receiver.url)
    const logger = new LoggerProvider({ processors: [processor] }).getLogger('row 12')
    const cyclic: AnyValueMap = {}
    cyclic.self = cyclic
    logger.emit({ body: 'before' })
    logger.emit({ body: cyclic })
    logger.emit({ body: 'after' })
    await processor.forceFlush()
    await processor.shutdown()
    return receiver.records.map(({ body }) => body)
  }

  /** What is delivered in four flushes while all HTTP requests of the process are logged, as an instrumentation does. */
  async function deliveredWhileRequestsAreLogged(
    create: (url: string) => LogRecordProcessor,
    manager: ContextManager | undefined,
  ): Promise<unknown[]> {
    if (manager !== undefined) context.setGlobalContextManager(manager.enable())
    receiver.behaviour = () => accept
    const processor = create(receiver.url)
    const logger = new LoggerProvider({ processors: [processor] }).getLogger('row 17')
    const started = (message: unknown) => logger.emit({ body: `${methodOf(message)} started` })
    const answered = (message: unknown) => logger.emit({ body: `${methodOf(message)} answered` })
    subscribe('http.client.request.start', started)
    subscribe('http.client.response.finish', answered)
    try {
      logger.emit({ body: 'application' })
      await processor.forceFlush()
      await get(receiver.url)
      await processor.forceFlush()
      await processor.forceFlush()
      logger.emit({ body: 'application' })
      await processor.shutdown()
    } finally {
      unsubscribe('http.client.request.start', started)
      unsubscribe('http.client.response.finish', answered)
      context.disable()
    }
    return receiver.records.map(({ body }) => body)
  }
}

/** Row 6, for the export thread: there, a time-out is one attempt's, which is called off and made again. */
export function upstreamRowOfAttempts(make: MakeProcessor): void {
  it('row 6: attempts that time out do not pile up, and lose nothing', async () => {
    const receiver = await OtlpReceiver.start()
    receiver.behaviour = (index) => (index === 1 ? hang : accept)
    const processor = make(
      { exporter: otlp({ url: receiver.url }), maxExportBatchSize: 1, exportTimeoutMillis: 100 },
      systemClock,
    )
    const logger = new LoggerProvider({ processors: [processor] }).getLogger('row 6')
    for (let i = 0; i < 4; i++) logger.emit({ body: i })
    await processor.shutdown()
    deepStrictEqual(
      receiver.requests.map(({ records }) => records.map(({ body }) => body)),
      [[0], [1], [1], [2], [3]],
    )
    strictEqual(receiver.mostUnderWay, 1)
    deepStrictEqual([processor.stats().exported, processor.stats().failed], [4, 0])
    await receiver.close()
  })
}

/** A request of the application's own. */
async function get(url: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request(url, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end()
  })
}

function methodOf(message: unknown): string {
  return String(Object(Object(message).request).method)
}
