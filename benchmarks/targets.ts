/**
 * The targets that the project set out with, for the facade and for the processor in each overflow mode: calls below
 * 0.1 ms, nobody blocked, at least 99.9 % delivered, more than 50,000 records/s received.
 *
 * Slightly more than 50,000 records/s are logged, in ticks of 1 ms: fewer could not be received. Delivered is what
 * the receiver decoded, not what a queue accepted.
 */
import { type BenchmarkOptions, isProgram, programOptions } from './support/program-options.js'
import { startReader } from './support/receivers.js'
import { number, publish, type Ratio, type Report } from './support/report.js'
import { type Medians, median } from './support/rounds.js'
import { steadily } from './support/steady.js'

const SUBJECTS = [
  'processor dropping',
  'processor sliding',
  'processor blocking',
  'facade dropping',
  'facade sliding',
  'facade blocking',
] as const
type Subject = (typeof SUBJECTS)[number]

const OFFERED = 52_000
const SECONDS = 5
const CALL_P99_MICROS = 100
const DELIVERED = 0.999
const RECEIVED = 50_000

export async function targets({ rounds, scale }: BenchmarkOptions): Promise<Report> {
  const receiver = await startReader()
  try {
    const medians = await steadily(receiver, SUBJECTS, rounds, {
      settings: 'defaults',
      rate: OFFERED,
      warmUpSeconds: 1.5,
      seconds: SECONDS * scale,
    })
    return {
      benchmark: 'targets',
      tables: [
        {
          title: `${number(OFFERED)} records/s in ticks of 1 ms, each with its defaults, into a receiver that only reads`,
          columns: ['', 'call p99, µs', 'blocked, ms', 'delivered, %', 'received/s'],
          rows: SUBJECTS.map((subject) => [
            subject,
            number(medians.of(subject, 'callP99Micros'), 2),
            number(medians.of(subject, 'blockedMillis'), 1),
            number(deliveredShare(medians, subject) * 100, 3),
            number(medians.of(subject, 'receivedPerSecond')),
          ]),
        },
      ],
      ratios: SUBJECTS.flatMap((subject) => ratiosOf(medians, subject)),
      measured: { medians },
    }
  } finally {
    await receiver.close()
  }
}

function ratiosOf(medians: Medians<Subject>, subject: Subject): Ratio[] {
  return [
    {
      name: `${subject}: call p99 / 0.1 ms`,
      value: medians.of(subject, 'callP99Micros') / CALL_P99_MICROS,
      target: { atMost: 1 },
    },
    {
      name: `${subject}: blocked, ms`,
      value: medians.of(subject, 'blockedMillis'),
      target: { atMost: 0 },
    },
    {
      name: `${subject}: delivered / emitted`,
      value: deliveredShare(medians, subject),
      target: { atLeast: DELIVERED },
    },
    {
      name: `${subject}: received/s / 50,000`,
      value: medians.of(subject, 'receivedPerSecond') / RECEIVED,
      target: { atLeast: 1 },
    },
  ]
}

function deliveredShare(medians: Medians<Subject>, subject: Subject): number {
  const calls = medians.all(subject, 'calls')
  const delivered = medians.all(subject, 'acknowledged')
  return median(delivered.map((records, round) => records / (calls[round] ?? Number.NaN)))
}

if (isProgram(import.meta.url)) {
  const options = programOptions(3)
  await publish(await targets(options), options.json)
}
