// A program that logs without end to a receiver that answers once and then hangs, and tells how its memory grows.
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { otlp, QueueLogRecordProcessor, type QueueStats } from 'otel-sluice'

/** What such a program is told. */
export interface MemoryProgram {
  readonly url: string
  readonly mode: 'dropping' | 'sliding'
  readonly records: number
  readonly maxQueueBytes: number
}

/** What it prints: resident memory after the first delivered batch, and the most there was of it later, in bytes. */
export interface MemoryResult {
  readonly before: number
  readonly peak: number
  readonly stats: QueueStats
}

/** Records between two turns of the event loop. */
const BURST = 1_000
/** Bursts between two looks at the memory. */
const LOOK = 100

const { url, mode, records, maxQueueBytes }: MemoryProgram = JSON.parse(process.argv[2] ?? '')
const processor = new QueueLogRecordProcessor({
  exporter: otlp({ url, timeoutMillis: 600_000 }),
  mode,
  maxQueueBytes,
  maxQueueSize: 1_000_000,
  exportTimeoutMillis: 600_000,
  exitTimeoutMillis: 0,
})
const logger = new LoggerProvider({ processors: [processor] }).getLogger('memory')
let emitted = 0
function burst(): void {
  for (let i = 0; i < BURST; i++) {
    logger.emit({
      severityNumber: 9,
      body: 'a request was answered',
      attributes: { number: emitted++, path: '/orders', millis: 1.5, isCached: false, region: 'somewhere' },
    })
  }
}

burst()
await processor.forceFlush()
const before = process.memoryUsage.rss()
let peak = before
for (let bursts = 1; emitted < records; bursts++) {
  burst()
  await new Promise<void>((resolve) => setImmediate(resolve))
  if (bursts % LOOK === 0) peak = Math.max(peak, process.memoryUsage.rss())
}
peak = Math.max(peak, process.memoryUsage.rss())
const result: MemoryResult = { before, peak, stats: processor.stats() }
process.stdout.write(JSON.stringify(result), () => process.exit())
