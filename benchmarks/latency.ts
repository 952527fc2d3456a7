/**
 * What logging does to a service that has other work: at a steady 50,000 records/s, how long a call takes, how late the
 * event loop gets, and the CPU time of the process, beside a process that ticks in the same way and logs nothing.
 *
 * Each figure of a call has the clock's own cost in it, which is printed. The delay of the event loop is that of
 * `perf_hooks.monitorEventLoopDelay` with a resolution of 1 ms: a loop that is never late shows 1 ms.
 *
 * All of it is measured twice: with the cores left to the scheduler, and with the event loop on a core of its own, which
 * the export thread and the receiver keep off. The difference is what sharing a core with them does.
 */
import { whyNoOwnCore } from './support/own-core.js'
import { type BenchmarkOptions, isProgram, programOptions } from './support/program-options.js'
import { startReader } from './support/receivers.js'
import { number, publish, type Ratio, type Report, type Table } from './support/report.js'
import type { Medians } from './support/rounds.js'
import { steadily } from './support/steady.js'

type Cores = 'shared' | 'own'

const SUBJECTS = [
  'idle',
  'no-op',
  'encode only',
  'encode and send',
  'processor dropping',
  'facade dropping',
  'sdk protobuf',
] as const
type Subject = (typeof SUBJECTS)[number]
const OURS = ['processor dropping', 'facade dropping'] as const

interface LatencyOptions extends BenchmarkOptions {
  readonly cores?: readonly Cores[]
}

const RATE = 50_000
const SECONDS = 8
/** Until the compiler has optimised what runs, on both threads: the same for every scale. */
const WARM_UP_SECONDS = 6

/** @param cores whether cores are left to the scheduler, or the event loop has one for itself. Default: both, in turn. */
export async function latency({ rounds, scale, cores = ['shared', 'own'] }: LatencyOptions): Promise<Report> {
  const reports: Report[] = []
  for (const each of cores) {
    const reason = each === 'own' ? whyNoOwnCore() : undefined
    if (reason === undefined) reports.push(await measure(each, rounds, scale))
    else process.stderr.write(`not measured: the event loop on a core of its own, as ${reason}\n`)
  }
  return {
    benchmark: 'latency',
    tables: reports.flatMap(({ tables }) => tables),
    ratios: reports.flatMap(({ ratios }) => ratios),
    measured: Object.fromEntries(reports.map(({ benchmark, measured }) => [benchmark, measured])),
  }
}

async function measure(cores: Cores, rounds: number, scale: number): Promise<Report> {
  const hasOwnCore = cores === 'own'
  const receiver = await startReader({ leavesFirstCore: hasOwnCore })
  try {
    const medians = await steadily(receiver, SUBJECTS, rounds, {
      settings: 'equal',
      rate: RATE,
      warmUpSeconds: WARM_UP_SECONDS,
      seconds: SECONDS * scale,
      hasOwnCore,
    })
    return {
      benchmark: cores,
      tables: [tableOf(medians, hasOwnCore)],
      ratios: hasOwnCore ? delayRatios(medians, ', on a core of its own') : ratiosOf(medians),
      measured: { medians },
    }
  } finally {
    await receiver.close()
  }
}

function tableOf(medians: Medians<Subject>, hasOwnCore: boolean): Table {
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
    title: `${number(RATE)} records/s in ticks of 1 ms, into a receiver that only reads${hasOwnCore ? ', event loop on a core of its own' : ''}`,
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
  return [
    ...delayRatios(medians, ''),
    ...OURS.flatMap((subject) => [
      ratio(medians, subject, 'loopDelayP99Millis', 'sdk protobuf', 'loop delay p99'),
      ratio(medians, subject, 'callP50Micros', 'sdk protobuf', 'call p50'),
      ratio(medians, subject, 'callP99Micros', 'sdk protobuf', 'call p99', 1),
      ratio(medians, subject, 'callP999Micros', 'sdk protobuf', 'call p99.9'),
      ratio(medians, subject, 'cpuPercent', 'sdk protobuf', 'CPU', 1),
    ]),
    ratio(medians, 'no-op', 'callP99Micros', 'sdk protobuf', 'call p99'),
    ratio(medians, 'encode only', 'callP99Micros', 'sdk protobuf', 'call p99'),
    ratio(medians, 'encode and send', 'callP99Micros', 'sdk protobuf', 'call p99'),
  ]
}

/** How late the event loop gets, against that of a process which logs nothing. */
function delayRatios(medians: Medians<Subject>, where: string): Ratio[] {
  const delay = (subject: Subject, atMost?: number) =>
    ratio(medians, subject, 'loopDelayP99Millis', 'idle', `loop delay p99${where}`, atMost)
  return [
    ...OURS.map((subject) => delay(subject, 1.5)),
    delay('sdk protobuf'),
    delay('no-op'),
    delay('encode only'),
    delay('encode and send'),
  ]
}

function ratio(
  medians: Medians<Subject>,
  subject: Subject,
  name: string,
  peer: Subject,
  what: string,
  atMost?: number,
): Ratio {
  return {
    name: `${subject} / ${peer}, ${what}`,
    value: medians.ratio(subject, name, peer),
    target: atMost === undefined ? undefined : { atMost },
  }
}

if (isProgram(import.meta.url)) {
  const options = programOptions(5)
  await publish(await latency(options), options.json)
}
