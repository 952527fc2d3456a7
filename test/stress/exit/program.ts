// A program that logs numbered records in one go and ends at once: how, and through what, its argument says.
import { writeSync } from 'node:fs'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { otlp, QueueLogRecordProcessor } from 'otel-sluice'
import type { EndingName, Mode } from './cells.js'

/** What such a program is told. */
export interface ExitProgram {
  readonly ending: EndingName
  /** Undefined for the same program without a processor. */
  readonly logging:
    | {
        readonly url: string
        readonly mode: Mode
        readonly records: number
        readonly exitTimeoutMillis: number
        readonly blockTimeoutMillis: number
      }
    | undefined
}

/** What it prints when everything is emitted, before it begins to end. */
export interface Emitted {
  /** How many records were taken: none is dropped later. */
  readonly accepted: number
  /** When it begins to end, in milliseconds since the epoch. */
  readonly endBegins: number
}

/** Longer than anybody waits for the program: what a service waits for that is to be ended by a signal. */
const SERVICE_MILLIS = 120_000

const { ending, logging }: ExitProgram = JSON.parse(process.argv[2] ?? '')

const emitted: Emitted = { accepted: logAll(), endBegins: Date.now() }
writeSync(1, JSON.stringify(emitted))
end()

function logAll(): number {
  if (logging === undefined) return 0
  const { url, records, ...options } = logging
  const processor = new QueueLogRecordProcessor({
    exporter: otlp({ url }),
    ...options,
    maxQueueSize: 4_096,
    maxExportBatchSize: 2_048,
    exitHook: { signals: true },
    name: 'ending',
  })
  const logger = new LoggerProvider({ processors: [processor] }).getLogger('ending')
  for (let i = 0; i < records; i++) logger.emit({ body: i })
  const { emitted: all, dropped } = processor.stats()
  return all - Object.values(dropped).reduce((sum, count) => sum + count, 0)
}

function end(): void {
  switch (ending) {
    case 'normal end':
      break
    case 'process.exit(0)':
      process.exit(0)
      break
    case 'process.exit(1)':
      process.exit(1)
      break
    case 'uncaught throw':
      throw new Error('nobody catches this')
    case 'unhandled rejection':
      void Promise.reject(new Error('nobody catches this'))
      break
    case 'SIGTERM with a handler':
      process.on('SIGTERM', () => process.exit(7))
      endBy('SIGTERM')
      break
    case 'SIGTERM as PID 1':
      endBy('SIGTERM')
      break
    case 'SIGTERM':
    case 'SIGINT':
      endBy(ending)
      break
  }
}

function endBy(signal: NodeJS.Signals): void {
  setTimeout(() => undefined, SERVICE_MILLIS)
  process.kill(process.pid, signal)
}
