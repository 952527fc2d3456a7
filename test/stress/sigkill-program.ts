// A program that logs at a steady rate until it is killed, and leaves in a file how far it has come.
import { openSync, writeSync } from 'node:fs'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { otlp, QueueLogRecordProcessor } from 'otel-sluice'
import { HANDLER_HEADER, SEQUENCE } from '../../examples/websocket-service/arrivals.js'

/** What such a program is told. */
export interface SigkillProgram {
  readonly endpoint: string
  /** By what the receiver tells its records from others. */
  readonly name: string
  readonly recordsPerSecond: number
  /** Where it writes how many records it has emitted at the most: the bytes outlive it. */
  readonly file: string
}

const { endpoint, name, recordsPerSecond, file }: SigkillProgram = JSON.parse(process.argv[2] ?? '')
const exporter = otlp({ url: `${endpoint}/v1/logs`, headers: { [HANDLER_HEADER]: name } })
// Blocking, so that whatever is missing in the end was accepted, and was lost to the kill.
const processor = new QueueLogRecordProcessor({ exporter, mode: 'blocking', blockTimeoutMillis: 60_000 })
const logger = new LoggerProvider({ processors: [processor] }).getLogger('killed')
const descriptor = openSync(file, 'w')
const count = new BigUint64Array(1)
let emitted = 0

function tick(due: number): void {
  // Before they are emitted: it is killed anywhere.
  count[0] = BigInt(due)
  writeSync(descriptor, count, 0, count.byteLength, 0)
  while (emitted < due) {
    emitted++
    logger.emit({
      severityNumber: 9,
      body: 'a request was answered',
      attributes: { [SEQUENCE]: emitted, path: '/orders', millis: 1.5, isCached: false, region: 'somewhere' },
    })
  }
}

tick(1)
await processor.forceFlush()
process.send?.('ready')
let last = performance.now()
setInterval(() => {
  const now = performance.now()
  // A tick that comes late does not make up for all of it: the rate is the one of a service, not of a benchmark.
  tick(emitted + Math.round((Math.min(now - last, 10) / 1_000) * recordsPerSecond))
  last = now
}, 1)
