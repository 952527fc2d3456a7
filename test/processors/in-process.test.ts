import { QueueLogRecordProcessor } from 'otel-sluice'
import { SyncLogRecordProcessor } from '#src/processors/sync-log-record-processor.js'
import { ManualClock } from '../support/manual-clock.js'
import { accountingOfQueues, accountingOfSynchronous } from './suites/accounting.js'
import { BLOCK_TIMEOUT_MILLIS } from './suites/accounting-operations.js'
import { burstsInto } from './suites/bursts.js'
import { type ContractSubject, processorContract } from './suites/contract.js'
import {
  type ControlledExporter,
  ControlledSynchronousExporter,
  obligingExporter,
} from './suites/controlled-exporter.js'
import { exporterContract } from './suites/exporter-contract.js'
import { lossIsTold } from './suites/loss.js'
import { overflowModes } from './suites/modes.js'
import type { AccountedProcessor, MakeProcessor } from './suites/subject.js'
import { whileTurning } from './suites/turning.js'

/** What the contract's suite needs to see of a processor on a clock of its own. */
function subject<E extends ControlledExporter>(
  exporter: E,
  make: (exporter: E, clock: ManualClock) => AccountedProcessor,
): ContractSubject {
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

  for (const mode of ['dropping', 'sliding'] as const) {
    processorContract(`a ${mode} queue`, () =>
      subject(
        obligingExporter(),
        (exporter, clock) => new QueueLogRecordProcessor({ ...options, exporter, mode }, clock),
      ),
    )
  }
  processorContract('a blocking queue', () =>
    subject(
      new ControlledSynchronousExporter(),
      (exporter, clock) => new QueueLogRecordProcessor({ ...options, exporter, mode: 'blocking' }, clock),
    ),
  )
  processorContract('a synchronous processor, waited for', () =>
    subject(
      new ControlledSynchronousExporter(),
      (exporter, clock) => new SyncLogRecordProcessor({ metrics: false, exporter }, clock),
    ),
  )
  processorContract('a synchronous processor, not waited for', () =>
    subject(
      obligingExporter(),
      (exporter, clock) => new SyncLogRecordProcessor({ metrics: false, exporter }, clock),
    ),
  )

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
  lossIsTold('a queue', makeQueue)
  burstsInto('a queue', makeQueue)
  accountingOfQueues('a queue', makeQueue)
  accountingOfSynchronous(
    'a synchronous processor',
    (exporter, { exportTimeoutMillis }, clock) =>
      new SyncLogRecordProcessor(
        { exporter, exportTimeoutMillis, blockTimeoutMillis: BLOCK_TIMEOUT_MILLIS, metrics: false },
        clock,
      ),
  )
})
