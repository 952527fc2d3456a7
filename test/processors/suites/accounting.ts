import * as fc from 'fast-check'
import type { ModelSettings } from './accounting-model.js'
import {
  BLOCK_TIMEOUT_MILLIS,
  type Operation,
  operations,
  queueModelSettings,
  SCHEDULED_DELAY_MILLIS,
  synchronousModelSettings,
  threadModelSettings,
} from './accounting-operations.js'
import { AccountingRun, type MakeForRun, type Place } from './accounting-run.js'
import type { MakeProcessor } from './subject.js'

const RUNS = 200

/** More than a queue of these runs ever holds. */
const MAX_QUEUE_BYTES = 65_536

/** The identity of `QueueStats`, each term of it, and each record, through any sequence of what can happen. */
export function accountingOfQueues(name: string, make: MakeProcessor): void {
  const makeForRun = forRun(make)
  describe(`${name}: every record is accounted for, whatever happens`, () => {
    for (const mode of ['dropping', 'sliding', 'blocking'] as const) {
      const place = mode === 'blocking' ? 'waited for' : 'called'
      it(`mode ${mode}`, () => check(queueModelSettings(mode), makeForRun, place))
    }
  })
}

/** The same for queues whose exporter is on the export thread: `blocking` is one whose callers wait in vain. */
export function accountingOfThreadQueues(name: string, make: MakeProcessor): void {
  describe(`${name}: every record is accounted for, whatever happens`, () => {
    for (const mode of ['dropping', 'sliding', 'blocking'] as const) {
      it(`mode ${mode}`, () => check(threadModelSettings(mode), forRun(make), 'elsewhere'))
    }
  })
}

function forRun(make: MakeProcessor): MakeForRun {
  return (exporter, settings, clock) => {
    const { mode, reserved, marksWhenTaken, maxQueueSize, ...others } = settings
    if (mode === 'sync') throw new Error('a queue is not synchronous')
    return make(
      {
        ...others,
        exporter,
        mode,
        maxQueueSize,
        maxQueueBytes: MAX_QUEUE_BYTES,
        scheduledDelayMillis: SCHEDULED_DELAY_MILLIS,
        blockTimeoutMillis: BLOCK_TIMEOUT_MILLIS,
        ...(reserved === 0
          ? {}
          : // Half a place more, so that no rounding can take one away.
            { reserve: { minSeverity: 17, fraction: (reserved + 0.5) / maxQueueSize } }),
        metrics: false,
        exitHook: false,
      },
      clock,
    )
  }
}

/** The same for processors that keep nothing back. */
export function accountingOfSynchronous(name: string, make: MakeForRun): void {
  describe(`${name}: every record is accounted for, whatever happens`, () => {
    it('waited for', () => check(synchronousModelSettings(1), make, 'waited for'))
    it('not waited for', () => check(synchronousModelSettings(1024), make, 'called'))
  })
}

async function check(settings: fc.Arbitrary<ModelSettings>, make: MakeForRun, place: Place): Promise<void> {
  const property = fc.asyncProperty(settings, operations, async (chosen, steps: Operation[]) => {
    const run = new AccountingRun(make, chosen, place)
    for (const step of steps) await run.step(step)
    await run.end()
  })
  await fc.assert(property, { numRuns: RUNS })
}
