// Logs numbered records, far more than a pipe holds, to stdout on the export thread, and says on stderr what became of
// them.
import { QueueLogRecordProcessor, stdout } from 'otel-sluice'
import { emit } from '../../processors/suites/emitted-records.js'

const [mode = '', count = '0'] = process.argv.slice(2)
const isBlocking = mode === 'blocking'
const processor = new QueueLogRecordProcessor({
  exporter: stdout(),
  metrics: false,
  mode: isBlocking ? 'blocking' : 'dropping',
  maxQueueSize: isBlocking ? 64 : 4_096,
  blockTimeoutMillis: 20_000,
})
console.error('started')
for (let i = 0; i < Number(count); i++) emit(processor, `record ${i} ${'x'.repeat(1_000)}`)
let turns = 0
const turning = setInterval(() => {
  if (++turns === 3) console.error('turning')
}, 1)
await processor.shutdown().catch(() => undefined)
clearInterval(turning)
const { exported, failed, blockedMillis } = processor.stats()
console.error(JSON.stringify({ exported, failed, blocked: blockedMillis > 0 }))
