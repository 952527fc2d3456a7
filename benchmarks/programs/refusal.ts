// Inside the processor: what it costs to accept a record that is ready, and to refuse one. Laps of both take turns in
// one process.
import { setTimeout } from 'node:timers/promises'
import type { ExportResult } from '@opentelemetry/core'
import { LoggerProvider, type LogRecordExporter, type LogRecordProcessor } from '@opentelemetry/sdk-logs'
import { otlp, QueueLogRecordProcessor } from 'otel-sluice'
import { givenTask, tell } from '../support/child.js'
import { median } from '../support/rounds.js'
import { EQUAL, logRecord } from '../support/subjects.js'

export interface RefusalTask {
  readonly where: 'thread' | 'in process'
  /** A receiver that takes everything. */
  readonly url: string
  /** A receiver that never answers. */
  readonly hangingUrl: string
  readonly laps: number
}

type Emit = Parameters<LogRecordProcessor['onEmit']>[0]

const { where, url, hangingUrl, laps } = givenTask<RefusalTask>()
/** So many as the queue has room for once it is empty. */
const LAP = EQUAL.maxQueueSize
const settings = {
  ...EQUAL,
  concurrency: 1,
  mode: 'dropping',
  shutdownTimeoutMillis: 0,
  exitHook: false,
} as const
const draining = new QueueLogRecordProcessor({
  ...settings,
  exporter: where === 'thread' ? otlp({ url }) : exporter((done) => setImmediate(done, { code: 0 })),
})
const hanging = new QueueLogRecordProcessor({
  ...settings,
  exporter: where === 'thread' ? otlp({ url: hangingUrl }) : exporter(() => {}),
})
const record = await readyRecord()
await fill()

const acceptedNanos: number[] = []
const refusedNanos: number[] = []
for (let lap = -laps; lap < laps; lap++) {
  const accepted = await acceptLap()
  const refused = refuseLap()
  // As many laps before them are for the compiler.
  if (lap < 0) continue
  acceptedNanos.push(accepted)
  refusedNanos.push(refused)
}
check()
tell({
  acceptedNanos: median(acceptedNanos),
  refusedNanos: median(refusedNanos),
  sent: where === 'thread' ? draining.stats().exported : 0,
})

/** Nanoseconds for each of a lap's records, which all find room; the queue is emptied afterwards, untimed. */
async function acceptLap(): Promise<number> {
  const nanos = emitLap(draining)
  await draining.forceFlush()
  return nanos
}

/** Nanoseconds for each of a lap's records, none of which finds room. */
function refuseLap(): number {
  return emitLap(hanging)
}

function emitLap(processor: QueueLogRecordProcessor): number {
  const start = performance.now()
  for (let index = 0; index < LAP; index++) processor.onEmit(record)
  return ((performance.now() - start) * 1e6) / LAP
}

/** The hanging receiver gets one batch; then nothing leaves the queue, and it becomes full. */
async function fill(): Promise<void> {
  while (hanging.stats().inFlight < EQUAL.maxExportBatchSize || hanging.stats().queueSize < LAP) {
    for (let index = 0; index < LAP; index++) hanging.onEmit(record)
    await setTimeout(5)
  }
}

/** What was to be accepted was, and what was to be refused. */
function check(): void {
  const { emitted, exported } = draining.stats()
  if (emitted !== 2 * laps * LAP || exported !== emitted) {
    throw new Error(`of ${emitted} records, ${exported} were exported`)
  }
  const refused = hanging.stats().dropped.queue_full
  if (refused < 2 * laps * LAP) throw new Error(`only ${refused} records were refused`)
}

/** A record as the SDK makes it for its processors. */
function readyRecord(): Promise<Emit> {
  return new Promise((resolve) => {
    const processor = {
      onEmit: resolve,
      forceFlush: async () => {},
      shutdown: async () => {},
    }
    new LoggerProvider({ processors: [processor] }).getLogger('benchmark').emit(logRecord(1))
  })
}

function exporter(finish: (done: (result: ExportResult) => void) => void): LogRecordExporter {
  return {
    export: (_records, done) => finish(done),
    forceFlush: async () => {},
    shutdown: async () => {},
  }
}
