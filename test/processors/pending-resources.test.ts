import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { type OverflowMode, QueueLogRecordProcessor, type SynchronousLogRecordExporter } from 'otel-sluice'
import { ManualClock } from '../support/manual-clock.js'

/** Keeps the resource attribute that each record had when it was exported, in whichever way that was. */
class ResourceExporter implements SynchronousLogRecordExporter {
  readonly seen: unknown[] = []

  export(logs: ReadableLogRecord[], callback: (result: ExportResult) => void): void {
    this.exportSync(logs)
    callback({ code: ExportResultCode.SUCCESS })
  }

  exportSync(logs: ReadableLogRecord[]): undefined {
    for (const { resource } of logs) this.seen.push(resource.attributes['host.id'])
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

function setUp(mode: OverflowMode, maxQueueSize: number) {
  const clock = new ManualClock()
  const exporter = new ResourceExporter()
  const processor = new QueueLogRecordProcessor({ exporter, mode, maxQueueSize }, clock)
  let detect: (id: string) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const detected = new Promise<string>((resolve, reject) => {
    detect = resolve
    fail = reject
  })
  const resource = resourceFromAttributes({ 'host.id': detected })
  const logger = new LoggerProvider({ resource, processors: [processor] }).getLogger('test')
  const end = async () => {
    const shutDown = processor.shutdown()
    await clock.advance(0)
    await shutDown
    strictEqual(clock.pendingTimers, 0)
  }
  return { clock, exporter, logger, detect, fail, end }
}

for (const mode of ['dropping', 'sliding', 'blocking'] as const) {
  describe(`a queue (${mode}) whose records have a resource that is still being detected`, () => {
    it('goes on without an attribute whose detection fails', async () => {
      const { clock, exporter, logger, fail, end } = setUp(mode, 10)
      logger.emit({ body: 'a' })
      await clock.advance(1_000)
      deepStrictEqual(exporter.seen, [])
      fail(new Error('no host'))
      await clock.advance(0)
      deepStrictEqual(exporter.seen, [undefined])
      await end()
    })

    it('holds them back until it is detected', async () => {
      const { clock, exporter, logger, detect, end } = setUp(mode, 10)
      logger.emit({ body: 'a' })
      await clock.advance(4_000)
      deepStrictEqual(exporter.seen, [])
      detect('h1')
      await clock.advance(0)
      deepStrictEqual(exporter.seen, ['h1'])
      await end()
    })

    it('holds them back for 5 s at most', async () => {
      const { clock, exporter, logger, end } = setUp(mode, 10)
      logger.emit({ body: 'a' })
      await clock.advance(1_000 + 5_000)
      deepStrictEqual(exporter.seen, [undefined])
      await end()
    })
  })
}

describe('a blocking queue whose records have a resource that is still being detected', () => {
  it('takes it as far as it is detected when a caller has to wait for room', async () => {
    const { clock, exporter, logger, end } = setUp('blocking', 1)
    logger.emit({ body: 'a' })
    await clock.advance(1_000)
    logger.emit({ body: 'b' })
    deepStrictEqual(exporter.seen, [])
    logger.emit({ body: 'c' })
    deepStrictEqual(exporter.seen, [undefined, undefined])
    await clock.advance(6_000)
    deepStrictEqual(exporter.seen, [undefined, undefined, undefined])
    await end()
  })
})
