import * as fc from 'fast-check'
import type { Kind, ModelSettings } from './accounting-model.js'

/** What the exporter does with a batch. `pending`: it answers later; one that is waited for cannot finish in time. */
export type Policy = 'success' | 'failure' | 'partial' | 'throw' | 'pending'

/** One step of a run. */
export type Operation =
  | {
      readonly do: 'emit'
      readonly kind: Kind | 'talking'
      readonly severity: 5 | 17
      readonly times: number
    }
  | { readonly do: 'turn' }
  | { readonly do: 'settle' }
  | { readonly do: 'advance'; readonly millis: number }
  | { readonly do: 'policy'; readonly policy: Policy }
  | { readonly do: 'answer'; readonly which: number; readonly policy: 'success' | 'failure' | 'partial' }
  | { readonly do: 'flush'; readonly timeoutMillis: number }
  | { readonly do: 'shutdown' }

/** How long a record may wait for a batch, in every run. */
export const SCHEDULED_DELAY_MILLIS = 1_000

/** How long a caller of a blocking queue waits, in every run. */
export const BLOCK_TIMEOUT_MILLIS = 100

const one = <T extends string>(name: T) => fc.constant(name)

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: one('emit'),
      kind: fc.oneof(
        { weight: 12, arbitrary: one('sound') },
        { weight: 2, arbitrary: one('hostile') },
        { weight: 2, arbitrary: one('talking') },
        { weight: 1, arbitrary: one('large') },
      ),
      severity: fc.constantFrom(5, 17),
      times: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: one('turn') }) },
  { weight: 2, arbitrary: fc.record({ do: one('settle') }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: one('advance'), millis: fc.constantFrom(1, 10, 500, 1_000, 3_000, 7_000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: one('policy'),
      policy: fc.constantFrom<Policy>('success', 'failure', 'partial', 'throw', 'pending', 'pending'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: one('answer'),
      which: fc.nat(30),
      policy: fc.constantFrom('success', 'failure', 'partial'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: one('flush'), timeoutMillis: fc.constantFrom(0, 500, 4_000, 30_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: one('shutdown') }) },
)

/** A run: what is done, one after the other. */
export const operations: fc.Arbitrary<Operation[]> = fc.array(operation, { maxLength: 60, size: 'max' })

/** Settings of a queue in one of its modes. */
export function queueModelSettings(mode: 'dropping' | 'sliding' | 'blocking'): fc.Arbitrary<ModelSettings> {
  return fc
    .record({
      maxQueueSize: fc.integer({ min: 1, max: 12 }),
      batchPart: fc.double({ min: 0, max: 1, noNaN: true }),
      concurrency: mode === 'blocking' ? fc.constant(1) : fc.integer({ min: 1, max: 3 }),
      exportTimeoutMillis: fc.constantFrom(700, 5_000),
      shutdownTimeoutMillis: fc.constantFrom(1, 2_503, 20_003),
      reservedPart: mode === 'sliding' ? fc.constant(0) : fc.constantFrom(0, 0.25, 0.5, 0.9),
      reportLoss: fc.boolean(),
    })
    .map(({ batchPart, reservedPart, ...settings }) => ({
      ...settings,
      mode,
      marksWhenTaken: false,
      maxExportBatchSize: Math.max(1, Math.round(batchPart * settings.maxQueueSize)),
      reserved: Math.floor(settings.maxQueueSize * reservedPart),
    }))
}

/** Longer than any run. */
const NEVER_MILLIS = 3_600_000

/**
 * Settings of a queue to the export thread. Its exports have no time-out but the destination's own.
 */
export function threadModelSettings(mode: 'dropping' | 'sliding' | 'blocking'): fc.Arbitrary<ModelSettings> {
  return fc
    .record({ settings: queueModelSettings(mode), concurrency: fc.integer({ min: 1, max: 3 }) })
    .map(({ settings, concurrency }) => ({
      ...settings,
      concurrency,
      exportTimeoutMillis: NEVER_MILLIS,
      marksWhenTaken: true,
    }))
}

/** A synchronous processor keeps no queue to speak of; `concurrency` 1 stands for one that is waited for. */
export function synchronousModelSettings(concurrency: 1 | 1024): fc.Arbitrary<ModelSettings> {
  return fc.constantFrom(700, 5_000).map((exportTimeoutMillis) => ({
    mode: 'sync',
    maxQueueSize: 1,
    maxExportBatchSize: 1,
    concurrency,
    exportTimeoutMillis,
    shutdownTimeoutMillis: 30_000,
    reserved: 0,
    reportLoss: false,
    marksWhenTaken: false,
  }))
}
