import assert from 'node:assert/strict'
import { QueueLogRecordProcessor, type QueueStats } from 'otel-sluice'
import { queueSettings } from '#src/processors/queue-options.js'
import { SyncLogRecordProcessor } from '#src/processors/sync-log-record-processor.js'
import { ControlledExporter, ControlledSynchronousExporter } from './suites/controlled-exporter.js'

/** A value that is wrong, and what the error must say besides the option's name. */
interface Wrong {
  readonly value: unknown
  readonly says: RegExp
}

const notNumbers: Wrong[] = [
  { value: '10', says: /must be a number, got "10"/ },
  { value: null, says: /got null/ },
  { value: 10n, says: /got 10/ },
  { value: {}, says: /got an object/ },
]

/** Wrong values for a whole number between `min` and `max`. */
function wholeNumber(min: number, max: number): Wrong[] {
  const range = `must be a whole number from ${min} to ${max}, got `
  return [
    ...notNumbers,
    ...[min - 1, max + 1, min + 0.5, Number.NaN, Number.POSITIVE_INFINITY].map((value) => ({
      value,
      says: new RegExp(`${range}${value}`),
    })),
  ]
}

const MAX_MILLIS = 2 ** 31 - 1

const notBooleans: Wrong[] = [
  { value: 'yes', says: /must be true or false, got "yes"/ },
  { value: 1, says: /got 1/ },
  { value: null, says: /got null/ },
]

const notNames: Wrong[] = [
  { value: '', says: /must be a string that is not empty, got ""/ },
  { value: 7, says: /got 7/ },
  { value: null, says: /got null/ },
]

const notExporters: Wrong[] = [
  { value: undefined, says: /must be a log record exporter .*, got undefined/ },
  { value: 'otlp', says: /got "otlp"/ },
  { value: {}, says: /got an object/ },
  { value: { export: true }, says: /got an object/ },
]

const notMeterProviders: Wrong[] = [
  { value: null, says: /must be a MeterProvider .*, got null/ },
  { value: {}, says: /got an object/ },
]

/** Every option of a queue, and what it must refuse. */
const QUEUE_OPTIONS: Readonly<Record<string, readonly Wrong[]>> = {
  exporter: notExporters,
  mode: [
    { value: 'droping', says: /must be one of 'dropping', 'blocking', 'sliding', got "droping"/ },
    { value: 'sync', says: /got "sync"/ },
    { value: 1, says: /got 1/ },
    { value: null, says: /got null/ },
    { value: 'blocking', says: /needs an exporter .* without exportSync.*Use mode 'dropping' or 'sliding'/ },
  ],
  maxQueueSize: wholeNumber(1, 2 ** 24),
  maxExportBatchSize: wholeNumber(1, 2048),
  scheduledDelayMillis: wholeNumber(0, MAX_MILLIS),
  exportTimeoutMillis: wholeNumber(1, MAX_MILLIS),
  concurrency: wholeNumber(1, 1024),
  blockTimeoutMillis: wholeNumber(0, MAX_MILLIS),
  shutdownTimeoutMillis: wholeNumber(0, MAX_MILLIS),
  exitTimeoutMillis: wholeNumber(0, MAX_MILLIS),
  exitHook: [
    { value: 'yes', says: /must be true, false or an object with signals, got "yes"/ },
    { value: null, says: /must be true, false or an object with signals, got null/ },
    { value: {}, says: /exitHook.signals must be true or false, got undefined/ },
    { value: { signals: 'SIGTERM' }, says: /exitHook.signals must be true or false, got "SIGTERM"/ },
  ],
  reserve: [
    { value: null, says: /must be an object with minSeverity and fraction, got null/ },
    { value: 0.2, says: /got 0.2/ },
    { value: { fraction: 0.2 }, says: /minSeverity must be a number, got undefined/ },
    { value: { minSeverity: 17 }, says: /fraction must be a number, got undefined/ },
    { value: { minSeverity: 0, fraction: 0.2 }, says: /minSeverity must be .* from 1 to 24, got 0/ },
    { value: { minSeverity: 25, fraction: 0.2 }, says: /minSeverity must be .* from 1 to 24, got 25/ },
    { value: { minSeverity: 17, fraction: 0 }, says: /fraction must be a number from .*, got 0/ },
    { value: { minSeverity: 17, fraction: 1 }, says: /fraction must be a number from .*, got 1/ },
    { value: { minSeverity: 17, fraction: '1' }, says: /fraction must be a number, got "1"/ },
  ],
  name: notNames,
  meterProvider: notMeterProviders,
  metrics: notBooleans,
  reportLoss: notBooleans,
  onDrop: [
    { value: null, says: /must be a function, got null/ },
    { value: {}, says: /got an object/ },
  ],
}

const SYNC_OPTIONS: Readonly<Record<string, readonly Wrong[]>> = {
  exporter: notExporters,
  blockTimeoutMillis: wholeNumber(0, MAX_MILLIS),
  exportTimeoutMillis: wholeNumber(1, MAX_MILLIS),
  name: notNames,
  meterProvider: notMeterProviders,
  metrics: notBooleans,
}

describe('options', () => {
  const exporter = new ControlledExporter()

  refusals('QueueLogRecordProcessor', QUEUE_OPTIONS, (options) =>
    Reflect.construct(QueueLogRecordProcessor, [options]),
  )
  refusals('SyncLogRecordProcessor', SYNC_OPTIONS, (options) =>
    Reflect.construct(SyncLogRecordProcessor, [options]),
  )

  function refusals(
    type: string,
    table: Readonly<Record<string, readonly Wrong[]>>,
    construct: (options: unknown) => unknown,
  ): void {
    describe(`of ${type}`, () => {
      for (const [option, wrongs] of Object.entries(table)) {
        for (const { value, says } of wrongs) {
          it(`${option}: ${typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)} (${typeof value}) is refused`, () => {
            assert.throws(
              () => construct({ exporter, [option]: value }),
              (error) => {
                assert.ok(error instanceof TypeError || error instanceof RangeError, String(error))
                assert.match(error.message, new RegExp(`^${option}\\b`))
                assert.match(error.message, says)
                return true
              },
            )
          })
        }
      }
      for (const options of [undefined, null, 'otlp']) {
        it(`${options} instead of options is refused`, () => {
          assert.throws(() => construct(options), /exporter.*, got /)
        })
      }
    })
  }

  it('a batch that is larger than the queue is refused, whatever the queue was told', () => {
    assert.throws(
      () => new QueueLogRecordProcessor({ exporter, maxQueueSize: 10, maxExportBatchSize: 11 }),
      /maxExportBatchSize must be a whole number from 1 to 10, got 11/,
    )
    assert.equal(queueSettings({ exporter, maxQueueSize: 10 }).maxExportBatchSize, 10)
  })

  it("reserve with mode 'sliding' is refused, with the way out", () => {
    assert.throws(
      () =>
        new QueueLogRecordProcessor({
          exporter,
          mode: 'sliding',
          reserve: { minSeverity: 17, fraction: 0.1 },
        }),
      /reserve cannot be used with mode 'sliding'.*processor of their own/,
    )
  })

  it("blocking is accepted with an exporter that has exportSync, as is 'sync' with any", () => {
    const modes: QueueStats['mode'][] = [
      new QueueLogRecordProcessor({
        exporter: new ControlledSynchronousExporter(),
        mode: 'blocking',
        metrics: false,
        exitHook: false,
      }),
      new SyncLogRecordProcessor({ exporter, metrics: false }),
    ].map((processor) => {
      void processor.shutdown()
      return processor.stats().mode
    })
    assert.deepEqual(modes, ['blocking', 'sync'])
  })

  it('the least and the most of each range is accepted', () => {
    const least = {
      maxQueueSize: 1,
      maxExportBatchSize: 1,
      scheduledDelayMillis: 0,
      exportTimeoutMillis: 1,
      concurrency: 1,
      blockTimeoutMillis: 0,
      shutdownTimeoutMillis: 0,
      exitTimeoutMillis: 0,
    }
    const most = {
      maxQueueSize: 2 ** 24,
      maxExportBatchSize: 2 ** 24,
      scheduledDelayMillis: MAX_MILLIS,
      exportTimeoutMillis: MAX_MILLIS,
      concurrency: 1024,
      blockTimeoutMillis: MAX_MILLIS,
      shutdownTimeoutMillis: MAX_MILLIS,
      exitTimeoutMillis: MAX_MILLIS,
    }
    for (const range of [least, most]) {
      const settings = queueSettings({ exporter, ...range })
      assert.deepEqual({ ...settings, ...range }, settings)
    }
  })
})
