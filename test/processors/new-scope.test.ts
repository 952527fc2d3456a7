import { deepStrictEqual } from 'node:assert/strict'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { otlp, QueueLogRecordProcessor } from 'otel-sluice'
import { OtlpReceiver } from '../support/otlp-receiver.js'

describe('a record of a scope that the export thread has not heard of', () => {
  it('is delivered by the next flush, not by the scheduled delay', async () => {
    const receiver = await OtlpReceiver.start()
    const processor = new QueueLogRecordProcessor({
      exporter: otlp({ url: receiver.url }),
      scheduledDelayMillis: 3_600_000,
    })
    try {
      const provider = new LoggerProvider({ processors: [processor] })
      for (const scope of ['first', 'second', 'third']) {
        provider.getLogger(scope).emit({ body: 'hello' })
        await processor.forceFlush({ timeoutMillis: 10_000 })
      }
      deepStrictEqual(
        receiver.records.map(({ scope }) => scope.name),
        ['first', 'second', 'third'],
      )
    } finally {
      await processor.shutdown()
      await receiver.close()
    }
  })
})
