import { ok, strictEqual } from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { BatchTaker } from '#src/exporters/thread/batch-taker.js'
import type { RingSetup } from '#src/exporters/thread/ring-setup.js'
import type { WorkerThread } from '#src/exporters/thread/start-export-worker.js'
import type { ToThread } from '#src/exporters/thread/thread-messages.js'
import { ManualClock } from '../support/manual-clock.js'
import { emittedRecord } from './suites/emitted-records.js'
import { accountedFor } from './suites/subject.js'
import { makeProcessorOn } from './suites/thread-processor.js'

/** An export thread that gets no time to do anything. */
class HaltedWorker extends EventEmitter implements WorkerThread {
  setup: RingSetup | undefined

  postMessage(message: ToThread): void {
    if (message.type === 'attach') this.setup = message.setup
  }

  unref(): void {}

  async terminate(): Promise<void> {}
}

/** More than are emitted while the operating system has one thread of a process wait for another. */
const MEANWHILE = 10_000

describe('a sliding queue whose thread is halted while it takes a batch', () => {
  for (const halted of ['claimed', 'swapped', 'told'] as const) {
    for (const [maxQueueSize, maxExportBatchSize] of [
      [1, 1],
      [253, 1],
      [2_048, 512],
    ] as const) {
      it(`takes the newest of ${maxQueueSize} records still (batches of ${maxExportBatchSize}, ${halted})`, () => {
        const worker = new HaltedWorker()
        const processor = makeProcessorOn(
          worker,
          { mode: 'sliding', maxQueueSize, maxExportBatchSize, metrics: false, exitHook: false },
          new ManualClock(),
        )
        const emit = (count: number) => {
          for (let i = 0; i < count; i++) processor.onEmit(emittedRecord({ body: i }))
        }
        emit(maxQueueSize)
        ok(worker.setup)
        const taking = new BatchTaker(worker.setup).takeSteps(0, {
          maxRecords: maxExportBatchSize,
          maxBytes: worker.setup.slots.maxBytes,
          minRecords: () => 1,
          isReady: () => true,
        })
        while (taking.next().value !== halted);
        emit(MEANWHILE)
        while (taking.next().done !== true);
        emit(1)
        const stats = processor.stats()
        strictEqual(stats.dropped.queue_full, 0)
        strictEqual(stats.queueSize, maxQueueSize)
        strictEqual(accountedFor(stats), maxQueueSize + MEANWHILE + 1)
      })
    }
  }
})
