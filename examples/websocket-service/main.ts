/*
 * `npm start`: a WebSocket service that logs every message it gets through three handlers: two that send to an OTLP
 * receiver and lose records when it cannot keep up, each in its own way, and one that writes to a file and loses none.
 * Shows what happens meanwhile, then compares each handler's account with what has arrived. Exits with 0 only if every
 * record is accounted for.
 *
 * Options: `--seconds <n>`, how long the clients send (8).
 */
import { parseArgs } from 'node:util'
import {
  createTelemetry,
  FileLogRecordExporter,
  type OverflowMode,
  QueueLogRecordProcessor,
} from 'otel-sluice'
import { type Account, describeAccount, disagreements } from './accounting.js'
import { Endpoint } from './endpoint.js'
import { runClients } from './load.js'
import { LogFile } from './log-file.js'
import { Progress } from './progress.js'
import { Service } from './service.js'

const PROGRESS_EVERY_MILLIS = 500
const FILE = 'file-blocking'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '8' } } })
const seconds = Number(values.seconds)
if (!(seconds > 0 && seconds <= 40)) {
  throw new RangeError(`--seconds ${values.seconds}: a number above 0, up to 40`)
}

const endpoint = await Endpoint.find()
const file = await LogFile.create()
try {
  process.exitCode = (await run(seconds)) ? 0 : 1
} finally {
  await file.remove()
  await endpoint.close()
}

/** Runs the service under load, and reports. Resolves with whether all accounts agree. */
async function run(seconds: number): Promise<boolean> {
  const handlers = makeHandlers()
  const telemetry = createTelemetry()
  for (const [name, processor] of handlers) telemetry.addHandler(name, processor)

  const service = await Service.start(telemetry)
  console.log(`A WebSocket service at ${service.url} logs to ${endpoint.description} and to ${file.path}\n`)

  const progress = new Progress({ messages: () => service.messages, handlers })
  console.log(progress.header())
  const timer = setInterval(() => console.log(progress.line()), PROGRESS_EVERY_MILLIS)
  const sent = await runClients(service.url, seconds)
  clearInterval(timer)
  console.log(progress.line())

  await service.stop()
  await telemetry.shutdownTelemetry()

  console.log(`\nThe clients sent ${sent} messages, the service logged ${service.messages}.\n`)
  let agrees = sent === service.messages
  for (const [handler, processor] of handlers) {
    const destination = await (handler === FILE
      ? file.destination()
      : endpoint.destinationOf(handler, processor.stats()))
    const account: Account = { handler, stats: processor.stats(), destination }
    const found = disagreements(account, service.messages)
    agrees &&= found.length === 0
    console.log(describeAccount(account))
    console.log(found.length === 0 ? '  they agree\n' : `  THEY DISAGREE: ${found.join('; ')}\n`)
  }
  console.log(agrees ? 'Every record is accounted for.' : 'Some records are not accounted for.')
  return agrees
}

function makeHandlers(): Map<string, QueueLogRecordProcessor> {
  // Tiny queues, so that the clients' bursts do not fit into them, fast as the export thread is.
  const limits = {
    maxQueueSize: 64,
    maxExportBatchSize: 64,
    scheduledDelayMillis: 100,
    shutdownTimeoutMillis: 10_000,
  }
  const toEndpoint = (name: string, mode: OverflowMode): [string, QueueLogRecordProcessor] => [
    name,
    new QueueLogRecordProcessor({ exporter: endpoint.exporterFor(name), mode, name, ...limits }),
  ]
  const toFile = new FileLogRecordExporter({ path: file.path })
  return new Map([
    toEndpoint('otlp-dropping', 'dropping'),
    toEndpoint('otlp-sliding', 'sliding'),
    [FILE, new QueueLogRecordProcessor({ exporter: toFile, mode: 'blocking', name: FILE, ...limits })],
  ])
}
