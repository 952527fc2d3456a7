/**
 * What logging does to a service that has other work: at a steady 50,000 records/s, how long a call takes, how late the
 * event loop gets, and the CPU time of the process, beside a process that ticks in the same way and logs nothing.
 *
 * Each figure of a call has the clock's own cost in it, which is printed. The delay of the event loop is that of
 * `perf_hooks.monitorEventLoopDelay` with a resolution of 1 ms: a loop that is never late shows 1 ms.
 */
import { type BenchmarkOptions, isProgram, programOptions } from './support/program-options.js'
import { startReader } from './support/receivers.js'
import { number, publish, type Ratio, type Report, type Table } from './support/report.js'
import type { Medians } from './support/rounds.js'
import { steadily } from './support/steady.js'

const SUBJECTS = ['idle', 'no-op', 'processor dropping', 'facade dropping', 'sdk protobuf'] as const
type Subject = (typeof SUBJECTS)[number]

const RATE = 50_000
const SECONDS = 8
/** Until the compiler has optimised what runs, on both threads: the same for every scale. */
const WARM_UP_SECONDS = 6

export async function latency({ rounds, scale }: BenchmarkOptions): Promise<Report> {
  const receiver = await startReader()
  try {
    const medians = await steadily(receiver, SUBJECTS, rounds, {
      settings: 'equal',
      rate: RATE,
      warmUpSeconds: WARM_UP_SECONDS,
      seconds: SECONDS * scale,
    })
    return {
      benchmark: 'latency',
      tables: [tableOf(medians)],
      ratios: ratiosOf(medians),
      measured: { medians },
    }
  } finally {
    await receiver.close()
  }
}

function tableOf(medians: Medians<Subject>): Table {
  const columns: readonly (readonly [title: string, name: string, digits: number])[] = [
    ['call p50, µs', 'callP50Micros', 2],
    ['p99, µs', 'callP99Micros', 2],
    ['p99.9, µs', 'callP999Micros', 1],
    ['max, ms', 'callMaxMillis', 2],
    ['clock, µs', 'clockMicros', 2],
    ['loop delay p50, ms', 'loopDelayP50Millis', 2],
    ['p99, ms', 'loopDelayP99Millis', 2],
    ['max, ms', 'loopDelayMaxMillis', 1],
    ['CPU, %', 'cpuPercent', 1],
    ['acknowledged/s', 'receivedPerSecond', 0],
  ]
  return {
    title: `${number(RATE)} records/s in ticks of 1 ms, into a receiver that only reads`,
    columns: ['', ...columns.map(([title]) => title)],
    rows: SUBJECTS.map((subject) => [
      subject,
      ...columns.map(([, name, digits]) => {
        const value = medians.of(subject, name)
        return Number.isNaN(value) ? '–' : number(value, digits)
      }),
    ]),
  }
}

function ratiosOf(medians: Medians<Subject>): Ratio[] {
  const ours = ['processor dropping', 'facade dropping'] as const
  const ratio = (subject: Subject, name: string, peer: Subject, what: string, atMost?: number): Ratio => ({
    name: `${subject} / ${peer}, ${what}`,
    value: medians.ratio(subject, name, peer),
    target: atMost === undefined ? undefined : { atMost },
  })
  return [
    ...ours.flatMap((subject) => [
      ratio(subject, 'loopDelayP99Millis', 'idle', 'loop delay p99', 1.5),
      ratio(subject, 'loopDelayP99Millis', 'sdk protobuf', 'loop delay p99'),
      ratio(subject, 'callP50Micros', 'sdk protobuf', 'call p50'),
      ratio(subject, 'callP99Micros', 'sdk protobuf', 'call p99', 1),
      ratio(subject, 'callP999Micros', 'sdk protobuf', 'call p99.9'),
      ratio(subject, 'cpuPercent', 'sdk protobuf', 'CPU', 1),
    ]),
    ratio('sdk protobuf', 'loopDelayP99Millis', 'idle', 'loop delay p99'),
    ratio('no-op', 'loopDelayP99Millis', 'idle', 'loop delay p99'),
    ratio('no-op', 'callP99Micros', 'sdk protobuf', 'call p99'),
  ]
}

if (isProgram(import.meta.url)) {
  const options = programOptions(5)
  await publish(await latency(options), options.json)
}
