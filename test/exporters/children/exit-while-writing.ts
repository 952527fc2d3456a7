import { FileLogRecordExporter } from 'otel-sluice'
import { logRecord } from '../../support/log-records.js'

// Ends the process with one export of a file under way in the thread pool and, if asked to, another behind it.
const [path = '', count = '0', way] = process.argv.slice(2)
const exporter = new FileLogRecordExporter({ path })
const batch = (name: string) =>
  Array.from({ length: Number(count) }, (_, number) => logRecord({ body: `${name} ${number}` }))

exporter.export(batch('background'), () => {})
process.on('exit', () => {
  if (way === 'synchronous') exporter.exportSync(batch('synchronous'), { timeoutMillis: 10_000 })
})
process.exit()
