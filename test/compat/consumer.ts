/** A program that uses the public types in the way an application does; it is compiled, and never run. */
export const CONSUMER = `
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type LogRecordExporter,
  type LogRecordProcessor,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs'
import {
  addHandler,
  createTelemetry,
  type DropReason,
  event,
  FileLogRecordExporter,
  log,
  type Loss,
  type OverflowMode,
  QueueLogRecordProcessor,
  type QueueStats,
  StreamLogRecordExporter,
  type SynchronousLogRecordExporter,
  type Telemetry,
} from 'otel-sluice'

const exporters: LogRecordExporter[] = [
  new FileLogRecordExporter({ path: 'app.log' }),
  new StreamLogRecordExporter({ stream: 'stderr' }),
  new InMemoryLogRecordExporter(),
]
class Own extends InMemoryLogRecordExporter implements SynchronousLogRecordExporter {
  exportSync(logs: ReadableLogRecord[], options: { readonly timeoutMillis: number }): boolean {
    return logs.length > options.timeoutMillis
  }
}
const mode: OverflowMode = 'blocking'
const own = new QueueLogRecordProcessor({ exporter: new Own(), mode, onDrop: (loss: Loss) => loss.count })
const processors: LogRecordProcessor[] = exporters.map((exporter) => new QueueLogRecordProcessor({ exporter }))
const telemetry: Telemetry = createTelemetry()
const provider = new LoggerProvider({ processors: [...processors, own, telemetry.processor] })
const attached = createTelemetry({ loggerProvider: provider, minLevel: 'debug' })
attached.log.info(() => 'message', { nested: [{ value: 1n }] })
const stats: QueueStats = own.stats()
const reasons: Readonly<Record<DropReason, number>> = stats.dropped
addHandler('function', (signal) => void [signal.level, reasons])
for (const exporter of exporters) addHandler('exporter', exporter, { async: { mode: 'sliding' } })
addHandler('processor', own)
log('info', 'message')
event('order.placed', { order: 17 })
export const flushed: Promise<void> = provider.forceFlush()
`
