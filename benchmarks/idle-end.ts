/**
 * How much longer a process lives that has Sluice in it and logs nothing: from its start to its end, beside the same
 * one without. It loads the same modules, has something to do for a moment, and ends by itself.
 */
import type { IdleEndTask } from './programs/idle-end.js'
import { lifetimeMillis } from './support/child.js'
import { type BenchmarkOptions, isProgram, programOptions } from './support/program-options.js'
import { startReader } from './support/receivers.js'
import { number, publish, type Report } from './support/report.js'
import { interleaved } from './support/rounds.js'

/** The most that a process may live longer. */
const ALLOWED_MILLIS = 100

const SUBJECTS = {
  without: { subject: undefined, count: 0 },
  'one processor': { subject: 'processor dropping', count: 1 },
  'five processors': { subject: 'processor dropping', count: 5 },
  'one handler': { subject: 'facade dropping', count: 1 },
  'five handlers': { subject: 'facade dropping', count: 5 },
} as const satisfies Record<string, Pick<IdleEndTask, 'subject' | 'count'>>
type SubjectName = keyof typeof SUBJECTS
const NAMES = ['without', 'one processor', 'five processors', 'one handler', 'five handlers'] as const

/** Not at all: the export thread is just being started. Or until it has long been idle. */
const WORK_MILLIS = [0, 500] as const

export async function idleEnd({ rounds }: BenchmarkOptions): Promise<Report> {
  const receiver = await startReader()
  try {
    const medians = await interleaved(NAMES, rounds, async (name: SubjectName) => {
      const lifetimes: Record<string, number> = {}
      for (const workMillis of WORK_MILLIS) {
        const task: IdleEndTask = { ...SUBJECTS[name], url: receiver.url, workMillis }
        lifetimes[String(workMillis)] = await lifetimeMillis('idle-end', task)
      }
      return lifetimes
    })
    const later = (name: SubjectName, workMillis: number) =>
      medians.of(name, String(workMillis)) - medians.of('without', String(workMillis))
    return {
      benchmark: 'idle end',
      tables: WORK_MILLIS.map((workMillis) => ({
        title: `from start to end, with ${workMillis} ms of something else to do, ms`,
        columns: ['', 'median', 'later than without'],
        rows: NAMES.map((name) => [
          name,
          number(medians.of(name, String(workMillis))),
          number(later(name, workMillis)),
        ]),
      })),
      ratios: NAMES.slice(1).flatMap((name) =>
        WORK_MILLIS.map((workMillis) => ({
          name: `${name}, ends later after ${workMillis} ms, ms`,
          value: later(name, workMillis),
          target: { atMost: ALLOWED_MILLIS },
        })),
      ),
      measured: { medians },
    }
  } finally {
    await receiver.close()
  }
}

if (isProgram(import.meta.url)) {
  const options = programOptions(15)
  await publish(await idleEnd(options), options.json)
}
