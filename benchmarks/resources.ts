/**
 * What the first and the fifth processor, or handler of the facade, add to a process: resident memory after 10,000
 * records, the time its constructor takes, and the time until its first record is acknowledged. The export thread comes
 * with the first one, the others share it. Beside it the SDK's batch processor with OTLP/protobuf. All modules are
 * loaded before.
 */
import { run } from './support/child.js'
import { type BenchmarkOptions, isProgram, programOptions } from './support/program-options.js'
import { startReader } from './support/receivers.js'
import { number, publish, type Report } from './support/report.js'
import { interleaved } from './support/rounds.js'

const SUBJECTS = ['processor dropping', 'facade dropping', 'sdk protobuf'] as const

const COLUMNS = [
  ['first: RSS, MB', 'firstRssMegabytes', 1],
  ['constructor, ms', 'firstConstructMillis', 1],
  ['first record, ms', 'firstRecordMillis', 1],
  ['fifth: RSS, MB', 'fifthRssMegabytes', 1],
  ['constructor, ms', 'fifthConstructMillis', 1],
  ['first record, ms', 'fifthRecordMillis', 1],
] as const

export async function resources({ rounds }: BenchmarkOptions): Promise<Report> {
  const receiver = await startReader()
  try {
    const medians = await interleaved(SUBJECTS, rounds, async (subject) => {
      const measurement = await run('resources', { subject, url: receiver.url })
      await receiver.verify(measurement.emitted ?? Number.NaN)
      return measurement
    })
    return {
      benchmark: 'resources',
      tables: [
        {
          title: 'added by the first and by the fifth processor or handler',
          columns: ['', ...COLUMNS.map(([title]) => title)],
          rows: SUBJECTS.map((subject) => [
            subject,
            ...COLUMNS.map(([, name, digits]) => number(medians.of(subject, name), digits)),
          ]),
        },
      ],
      ratios: (['processor dropping', 'facade dropping'] as const).flatMap((subject) =>
        (['firstRssMegabytes', 'firstRecordMillis'] as const).map((name) => ({
          name: `${subject} / sdk protobuf, ${name}`,
          value: medians.ratio(subject, name, 'sdk protobuf'),
          target: undefined,
        })),
      ),
      measured: { medians },
    }
  } finally {
    await receiver.close()
  }
}

if (isProgram(import.meta.url)) {
  const options = programOptions(5)
  await publish(await resources(options), options.json)
}
