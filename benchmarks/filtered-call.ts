/**
 * What a call costs that comes to nothing, as a multiple of a function that does nothing: while telemetry is disabled,
 * and if a filter stops it.
 */
import type { FilteredCallTask } from './programs/filtered-call.js'
import { run } from './support/child.js'
import { type BenchmarkOptions, isProgram, programOptions } from './support/program-options.js'
import { number, publish, type Ratio, type Report } from './support/report.js'
import { interleaved, median } from './support/rounds.js'

const LAPS = 60
const PROGRAM = 'filtered-call'
const EMPTY = 'empty'

export async function filteredCall({ rounds, scale }: BenchmarkOptions): Promise<Report> {
  const task: FilteredCallTask = { laps: Math.ceil(LAPS * scale) }
  const subjects: string[] = []
  const medians = await interleaved([PROGRAM], rounds, async () => {
    const measurement = await run(PROGRAM, task)
    if (subjects.length === 0) subjects.push(...Object.keys(measurement))
    return measurement
  })
  const empty = medians.all(PROGRAM, EMPTY)
  return {
    benchmark: PROGRAM,
    tables: [
      {
        title: 'calls that come to nothing',
        columns: ['', 'ns'],
        rows: subjects.map((subject) => [subject, number(medians.of(PROGRAM, subject), 2)]),
      },
    ],
    ratios: subjects
      .filter((subject) => subject !== EMPTY)
      .map((subject) => ({
        name: `${subject} / an empty function`,
        value: median(
          medians.all(PROGRAM, subject).map((nanos, round) => nanos / (empty[round] ?? Number.NaN)),
        ),
        target: targetOf(subject),
      })),
    measured: { medians },
  }
}

/** One that only the handlers refuse gets further, to the SDK: there is no target for it. */
function targetOf(subject: string): Ratio['target'] {
  if (subject.startsWith('disabled')) return { atMost: 3 }
  return subject.startsWith('wanted by no handler') ? undefined : { atMost: 12 }
}

if (isProgram(import.meta.url)) {
  const options = programOptions(5)
  await publish(await filteredCall(options), options.json)
}
