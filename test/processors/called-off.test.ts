import { strictEqual } from 'node:assert/strict'
import { ExportThread } from '#src/exporters/thread/export-thread.js'
import { ExportThreads } from '#src/exporters/thread/export-threads.js'
import type { Channel } from '#src/processors/channel.js'
import { InProcessQueue } from '#src/processors/in-process-queue.js'
import { Ledger } from '#src/processors/ledger.js'
import { LossReporter } from '#src/processors/loss-reporter.js'
import { queueSettings } from '#src/processors/queue-options.js'
import { RecordContexts } from '#src/processors/record-contexts.js'
import { ThreadQueue } from '#src/processors/thread-queue.js'
import { ExporterDestination } from '../support/exporter-destination.js'
import { ManualClock } from '../support/manual-clock.js'
import { WorkerOnThisThread } from '../support/worker-on-this-thread.js'
import { ControlledExporter } from './suites/controlled-exporter.js'
import { emittedRecord } from './suites/emitted-records.js'
import { exporterDescription } from './suites/thread-processor.js'

const CHANNELS: Readonly<Record<string, (clock: ManualClock) => Channel>> = {
  'in process': (clock) => {
    const exporter = new ControlledExporter()
    return new InProcessQueue(exporter, queueSettings({ exporter }), ...accounts(clock), clock)
  },
  'to the export thread': (clock) => {
    const worker = new WorkerOnThisThread(() => new ExporterDestination(new ControlledExporter()), clock)
    clock.alsoSettle(() => worker.settle())
    const contexts = new RecordContexts(new ExportThreads(new ExportThread(() => worker, clock)))
    const settings = queueSettings({ exporter: exporterDescription })
    return new ThreadQueue(exporterDescription, settings, ...accounts(clock), clock, contexts)
  },
}

function accounts(clock: ManualClock): [Ledger, LossReporter] {
  const ledger = new Ledger()
  return [ledger, new LossReporter('queue', ledger, () => 0, clock, undefined)]
}

for (const [name, open] of Object.entries(CHANNELS)) {
  describe(`a wait for a queue ${name} to drain`, () => {
    it('that is called off is over, and gives up nothing', async () => {
      const clock = new ManualClock()
      const channel = open(clock)
      channel.offer(emittedRecord())
      const isOver = new AbortController()
      let hasEnded = false
      const drained = channel.drained(channel.mark, isOver.signal).then(() => {
        hasEnded = true
      })
      await clock.settle()
      strictEqual(hasEnded, false)
      isOver.abort()
      await clock.settle()
      await drained
      strictEqual(channel.pendingBefore(channel.mark), 1)
      channel.abandon()
      await channel.shutdownExporter(0)
    })
  })
}
