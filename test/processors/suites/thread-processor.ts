import type { ExporterDescription, QueueLogRecordProcessorOptions } from 'otel-sluice'
import type { Clock } from '#src/common/clock.js'
import { isDescription } from '#src/exporters/exporter-description.js'
import { ExportThread } from '#src/exporters/thread/export-thread.js'
import { ExportThreads } from '#src/exporters/thread/export-threads.js'
import type { WorkerThread } from '#src/exporters/thread/start-export-worker.js'
import { AccountedLogRecordProcessor } from '#src/processors/accounted-log-record-processor.js'
import { queueSettings } from '#src/processors/queue-options.js'
import { RecordContexts } from '#src/processors/record-contexts.js'
import { ThreadQueue } from '#src/processors/thread-queue.js'
import { ExporterDestination } from '../../support/exporter-destination.js'
import { ManualClock } from '../../support/manual-clock.js'
import { WorkerOnThisThread } from '../../support/worker-on-this-thread.js'
import type { MakeProcessor } from './subject.js'

/** Describes an exporter that the test's own worker has already. */
export const exporterDescription: ExporterDescription = {
  kind: 'otlp',
  basePackage: '',
  options: {},
  environment: {},
  server: { address: '127.0.0.1', port: 4318 },
}

/** A processor with a queue to an export thread of its own. */
class ThreadProcessor extends AccountedLogRecordProcessor {
  constructor(
    options: Omit<QueueLogRecordProcessorOptions, 'exporter'>,
    clock: Clock,
    contexts: RecordContexts,
  ) {
    super(
      'QueueLogRecordProcessor',
      queueSettings({ ...options, exporter: exporterDescription }),
      clock,
      (settings, ledger, loss, clock) =>
        new ThreadQueue(exporterDescription, settings, ledger, loss, clock, contexts),
    )
  }
}

/**
 * Makes a processor whose exporter object is fed by the worker's side of the export thread, on the test's own thread.
 * A caller who has to wait for room gives up at once: nobody would make any while it waits.
 */
export const makeThreadProcessor: MakeProcessor = ({ exporter, ...options }, clock) => {
  if (isDescription(exporter)) throw new TypeError('the exporter has to be an object that the test scripts')
  const worker = new WorkerOnThisThread(() => new ExporterDestination(exporter), clock)
  if (clock instanceof ManualClock) clock.alsoSettle(() => worker.settle())
  return makeProcessorOn(worker, options, clock)
}

/** Makes a processor with a worker in the place of the export thread. */
export function makeProcessorOn(
  worker: WorkerThread,
  options: Omit<QueueLogRecordProcessorOptions, 'exporter'>,
  clock: Clock,
): AccountedLogRecordProcessor {
  const contexts = new RecordContexts(new ExportThreads(new ExportThread(() => worker, clock)))
  return new ThreadProcessor({ ...options, blockTimeoutMillis: 0 }, clock, contexts)
}
