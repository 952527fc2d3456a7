import { QueueLogRecordProcessor } from 'otel-sluice'
import { SyncLogRecordProcessor } from '#src/processors/sync-log-record-processor.js'
import { ManualClock } from '../support/manual-clock.js'
import { accountingOfQueues, accountingOfSynchronous } from './suites/accounting.js'
import { BLOCK_TIMEOUT_MILLIS } from './suites/accounting-operations.js'
import { blockingBurst, burstsInto } from './suites/bursts.js'
import { type ContractSubject, leavesNoTimer, processorContract } from './suites/contract.js'
import {
  type ControlledExporter,
  ControlledSynchronousExporter,
  obligingExporter,
} from './suites/controlled-exporter.js'
import { exporterContract } from './suites/exporter-contract.js'
import { lossIsTold } from './suites/loss.js'
import { lossIsMarked, vainWaitsAreMarked } from './suites/loss-markers.js'
import { type MeteredSubject, metricsArePublished, metricsEqualStats } from './suites/metrics.js'
import { blockingMode, overflowModes } from './suites/modes.js'
import type { AccountedProcessor, MakeProcessor } from './suites/subject.js'
import { whileTurning } from './suites/turning.js'

/** What the contract's suite needs to see of a processor on a clock of its own. */
function subject<E extends ControlledExporter>(
  exporter: E,
  make: (exporter: E, clock: ManualClock) => AccountedProcessor,
): ContractSubject & { pendingTimers(): number } {
  const clock = new ManualClock()
  return {
    processor: make(exporter, clock),
    arrived: () =>
      (exporter instanceof ControlledSynchronousExporter && exporter.synchronousCalls.length > 0
        ? exporter.synchronousCalls
        : exporter.calls
      ).flatMap(({ records }) => records.map(({ body, attributes }) => ({ body, attributes }))),
    settled: (promise) => whileTurning(clock, promise),
    pendingTimers: () => clock.pendingTimers,
  }
}

describe('in process', () => {
  const options = { metrics: false, exitHook: false }

  const subjects = {
    'a dropping queue': () =>
      subject(
        obligingExporter(),
        (exporter, clock) => new QueueLogRecordProcessor({ ...options, exporter, mode: 'dropping' }, clock),
      ),
    'a sliding queue': () =>
      subject(
        obligingExporter(),
        (exporter, clock) => new QueueLogRecordProcessor({ ...options, exporter, mode: 'sliding' }, clock),
      ),
    'a blocking queue': () =>
      subject(
        new ControlledSynchronousExporter(),
        (exporter, clock) => new QueueLogRecordProcessor({ ...options, exporter, mode: 'blocking' }, clock),
      ),
    'a synchronous processor, waited for': () =>
      subject(
        new ControlledSynchronousExporter(),
        (exporter, clock) => new SyncLogRecordProcessor({ metrics: false, exporter }, clock),
      ),
    'a synchronous processor, not waited for': () =>
      subject(
        obligingExporter(),
        (exporter, clock) => new SyncLogRecordProcessor({ metrics: false, exporter }, clock),
      ),
  }
  for (const [name, make] of Object.entries(subjects)) {
    processorContract(name, make)
    leavesNoTimer(name, make)
  }

  exporterContract(
    'a queue',
    (exporter, clock) => new QueueLogRecordProcessor({ ...options, exporter }, clock),
  )
  exporterContract(
    'a synchronous processor',
    (exporter, clock) => new SyncLogRecordProcessor({ metrics: false, exporter }, clock),
  )

  const makeQueue: MakeProcessor = (given, clock) => new QueueLogRecordProcessor(given, clock)
  overflowModes('a queue', makeQueue)
  blockingMode('a queue', makeQueue)
  lossIsTold('a queue', makeQueue)
  lossIsMarked('a queue', makeQueue, 1)
  vainWaitsAreMarked('a queue', makeQueue)
  burstsInto('a queue', makeQueue)
  blockingBurst('a queue', makeQueue)
  accountingOfQueues('a queue', makeQueue)
  accountingOfSynchronous(
    'a synchronous processor',
    (exporter, { exportTimeoutMillis }, clock) =>
      new SyncLogRecordProcessor(
        { exporter, exportTimeoutMillis, blockTimeoutMillis: BLOCK_TIMEOUT_MILLIS, metrics: false },
        clock,
      ),
  )

  const metered = { exitHook: false, name: 'tested', exportTimeoutMillis: 2_000, blockTimeoutMillis: 50 }
  metricsEqualStats('in process', [
    ...(['dropping', 'sliding', 'blocking'] as const).map(
      (mode): MeteredSubject => ({
        type: 'QueueLogRecordProcessor',
        mode,
        isWaitedFor: mode === 'blocking',
        make: (exporter, clock, meterProvider) =>
          new QueueLogRecordProcessor(
            {
              ...metered,
              exporter,
              mode,
              meterProvider,
              maxQueueSize: 4,
              maxExportBatchSize: 2,
              concurrency: 2,
            },
            clock,
          ),
      }),
    ),
    ...[true, false].map(
      (isWaitedFor): MeteredSubject => ({
        type: 'SyncLogRecordProcessor',
        mode: 'sync',
        isWaitedFor,
        make: (exporter, clock, meterProvider) =>
          new SyncLogRecordProcessor(
            { name: 'tested', exportTimeoutMillis: 2_000, blockTimeoutMillis: 50, exporter, meterProvider },
            clock,
          ),
      }),
    ),
  ])
  metricsArePublished('in process', makeQueue)
})
