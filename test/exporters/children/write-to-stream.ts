import { StreamLogRecordExporter } from 'otel-sluice'
import { logRecord } from '../../support/log-records.js'

// Writes numbered records to stdout, far more than a pipe holds, and says on stderr how often a timer got its turn
// meanwhile and what became of the export.
const [way = '', count = '0'] = process.argv.slice(2)
const records = Array.from({ length: Number(count) }, (_, number) =>
  logRecord({ body: `record ${number} ${'x'.repeat(1000)}` }),
)
const exporter = new StreamLogRecordExporter({ stream: 'stdout' })

if (way === 'synchronous') {
  console.error('started')
  console.error(exporter.exportSync(records, { timeoutMillis: 20_000 }))
} else {
  let turns = 0
  const turning = setInterval(() => {
    if (++turns === 3) console.error('turning')
  }, 1)
  exporter.export(records, ({ code }) => {
    clearInterval(turning)
    console.error(code === 0)
  })
  console.error('started')
}
