/**
 * What a record costs inside the processor that finds no room, against one that does: the refusal must come before the
 * record is copied or encoded. `onEmit` is called directly with a record that is ready, in dropping mode.
 */
import type { RefusalTask } from './programs/refusal.js'
import { run } from './support/child.js'
import { type BenchmarkOptions, isProgram, programOptions } from './support/program-options.js'
import { startHanging, startReader } from './support/receivers.js'
import { number, publish, type Report } from './support/report.js'
import { interleaved, median } from './support/rounds.js'

const WHERE = ['thread', 'in process'] as const satisfies readonly RefusalTask['where'][]
const LAPS = 150
const AT_MOST = 0.2

export async function refusal({ rounds, scale }: BenchmarkOptions): Promise<Report> {
  const receiver = await startReader()
  const hanging = await startHanging()
  try {
    const medians = await interleaved(WHERE, rounds, async (where) => {
      const laps = Math.ceil(LAPS * scale)
      const task: RefusalTask = { where, url: receiver.url, hangingUrl: hanging.url, laps }
      const measurement = await run('refusal', task)
      // All are the same record.
      await receiver.verify(measurement.sent ?? Number.NaN, { mayHaveGaps: true })
      return measurement
    })
    return {
      benchmark: 'refusal',
      tables: [
        {
          title: 'inside the processor, dropping mode',
          columns: ['', 'accepted, ns', 'refused, ns'],
          rows: WHERE.map((where) => [
            where,
            number(medians.of(where, 'acceptedNanos')),
            number(medians.of(where, 'refusedNanos')),
          ]),
        },
      ],
      ratios: WHERE.map((where) => {
        const refused = medians.all(where, 'refusedNanos')
        const accepted = medians.all(where, 'acceptedNanos')
        return {
          name: `${where}: refused / accepted`,
          value: median(refused.map((nanos, round) => nanos / (accepted[round] ?? Number.NaN))),
          target: { atMost: AT_MOST },
        }
      }),
      measured: { medians },
    }
  } finally {
    await receiver.close()
    await hanging.close()
  }
}

if (isProgram(import.meta.url)) {
  const options = programOptions(5)
  await publish(await refusal(options), options.json)
}
