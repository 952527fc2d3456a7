import type { LogRecord } from '@opentelemetry/api-logs'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type LogRecordExporter,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs'

/** The SDK's own records of what was logged, in the scope `scope` and with the resource attribute `service.name`. */
export function sdkRecords(...logged: LogRecord[]): ReadableLogRecord[] {
  const exporter = new InMemoryLogRecordExporter()
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'tested' }),
    processors: [new SimpleLogRecordProcessor({ exporter })],
  })
  const logger = provider.getLogger('scope', '1.2.3')
  for (const record of logged) logger.emit(record)
  return exporter.getFinishedLogRecords()
}

/** One export. @throws the error the exporter reports */
export async function exportTo(exporter: LogRecordExporter, records: ReadableLogRecord[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    exporter.export(records, ({ code, error }) => {
      if (code === 0) resolve()
      else reject(error ?? new Error('the export failed'))
    })
  })
}
