import { type Clock, systemClock } from '../common/clock.js'
import { AccountedLogRecordProcessor } from './accounted-log-record-processor.js'
import { type FailureListener, type QueueLogRecordProcessorOptions, queueSettings } from './queue-options.js'

/**
 * A log record processor with a bounded queue, a policy for when it is full, and an account of every record: a drop-in
 * for `BatchLogRecordProcessor` with any log record exporter.
 *
 * ```ts
 * new LoggerProvider({ processors: [new QueueLogRecordProcessor({ exporter, mode: 'sliding' })] })
 * ```
 */
export class QueueLogRecordProcessor extends AccountedLogRecordProcessor {
  /**
   * @param options only `exporter` is required.
   * @param clock for tests; the system's by default.
   * @param onFailed for handlers.
   * @throws TypeError or RangeError that names a wrong option, its value and what is allowed.
   */
  constructor(
    options: QueueLogRecordProcessorOptions,
    clock: Clock = systemClock,
    onFailed?: FailureListener,
  ) {
    super('QueueLogRecordProcessor', { ...queueSettings(options), onFailed }, clock)
  }
}
