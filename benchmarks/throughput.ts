/**
 * Delivered throughput, in records a second until the last one is acknowledged, and the CPU time of the process that
 * logs, all its threads, for each of them.
 *
 * Ours on the export thread against the SDK's `BatchLogRecordProcessor`, all through `Logger.emit`, with the same
 * records, each in a process of its own. A subject that lost a record is no result: what was acknowledged, and what the
 * reading receiver decoded, must be what was emitted.
 */
import { rotelUnavailable } from '../test/support/rotel.js'
import type { ThroughputTask } from './programs/throughput.js'
import { type Measurement, run } from './support/child.js'
import { type BenchmarkOptions, isProgram, programOptions } from './support/program-options.js'
import { type Receiver, startReader, startRotel } from './support/receivers.js'
import { number, publish, type Ratio, type Report, type Table } from './support/report.js'
import { interleaved, type Medians } from './support/rounds.js'

const SUBJECTS = [
  'processor dropping',
  'processor blocking',
  'facade dropping',
  'sdk protobuf',
  'sdk json',
] as const
/** What is left of ours if queue and accounts cost nothing (see floor.ts). */
const FLOOR = 'encode and send'
type Subject = (typeof SUBJECTS)[number] | typeof FLOOR
type Settings = ThroughputTask['settings']

const RECORDS = 800_000
/** Until the compiler has optimised what runs: the same for every scale. */
const WARM_UP = 600_000

/** What the export thread is for, against OTLP/protobuf at equal settings. */
const TARGETS = {
  rotel: { faster: 1.8, cpu: 0.55 },
  reader: { faster: 1.3, cpu: 0.7 },
} as const
type ReceiverName = keyof typeof TARGETS

export interface ThroughputOptions extends BenchmarkOptions {
  readonly settings: readonly Settings[]
}

export async function throughput({ rounds, scale, settings }: ThroughputOptions): Promise<Report> {
  const tables: Table[] = []
  const ratios: Ratio[] = []
  const measured: Record<string, Medians<Subject>> = {}
  for (const name of availableReceivers()) {
    for (const setting of settings) {
      const medians = await measure(name, setting, rounds, scale)
      measured[`${name}, ${setting}`] = medians
      tables.push(tableOf(name, setting, medians))
      ratios.push(...ratiosOf(name, setting, medians))
    }
  }
  return { benchmark: 'throughput', tables, ratios, measured }
}

function availableReceivers(): ReceiverName[] {
  const reason = rotelUnavailable()
  if (reason === undefined) return ['rotel', 'reader']
  process.stderr.write(`not measured with Rotel: ${reason}\n`)
  return ['reader']
}

async function measure(
  receiverName: ReceiverName,
  settings: Settings,
  rounds: number,
  scale: number,
): Promise<Medians<Subject>> {
  const receiver = await (receiverName === 'rotel' ? startRotel() : startReader())
  try {
    return await interleaved(subjectsOf(receiverName, settings), rounds, (subject) =>
      measureOne(receiver, {
        subject,
        url: receiver.url,
        settings,
        warmUp: WARM_UP,
        records: Math.ceil(RECORDS * scale),
      }),
    )
  } finally {
    await receiver.close()
  }
}

/** The floor is measured where the target is nearest to it. */
function subjectsOf(receiver: ReceiverName, settings: Settings): readonly Subject[] {
  return receiver === 'rotel' && settings === 'equal' ? [...SUBJECTS, FLOOR] : SUBJECTS
}

async function measureOne(receiver: Receiver, task: ThroughputTask): Promise<Measurement> {
  const measurement = await run('throughput', task)
  const { emitted, acknowledged } = measurement
  if (emitted === undefined || acknowledged !== emitted) {
    throw new Error(
      `${task.subject} emitted ${emitted} records, and ${acknowledged} of them were acknowledged`,
    )
  }
  await receiver.verify(emitted)
  return measurement
}

function tableOf(receiver: ReceiverName, settings: Settings, medians: Medians<Subject>): Table {
  return {
    title: `into ${receiver}, ${settings === 'equal' ? 'equal settings' : 'each with its defaults'}`,
    columns: ['', 'records/s', 'CPU µs a record', 'rounds'],
    rows: subjectsOf(receiver, settings).map((subject) => [
      subject,
      number(medians.of(subject, 'perSecond')),
      number(medians.of(subject, 'cpuMicros'), 2),
      medians
        .all(subject, 'perSecond')
        .map((value) => `${Math.round(value / 1_000)}k`)
        .join(' '),
    ]),
  }
}

function ratiosOf(receiver: ReceiverName, settings: Settings, medians: Medians<Subject>): Ratio[] {
  const { faster, cpu } = TARGETS[receiver]
  const ours = subjectsOf(receiver, settings).filter((subject) => !subject.startsWith('sdk'))
  const pairs = [
    ...ours.map((subject) => [subject, 'sdk protobuf'] as const),
    ['processor dropping', 'sdk json'] as const,
  ]
  return pairs.flatMap(([subject, peer]) => {
    const isTarget = settings === 'equal' && subject === 'processor dropping' && peer === 'sdk protobuf'
    const where = `into ${receiver}, ${settings}: ${subject} / ${peer}`
    return [
      {
        name: `${where}, throughput`,
        value: medians.ratio(subject, 'perSecond', peer),
        target: isTarget ? { atLeast: faster } : undefined,
      },
      {
        name: `${where}, CPU`,
        value: medians.ratio(subject, 'cpuMicros', peer),
        target: isTarget ? { atMost: cpu } : undefined,
      },
    ]
  })
}

if (isProgram(import.meta.url)) {
  const options = programOptions(5)
  await publish(await throughput({ ...options, settings: ['defaults', 'equal'] }), options.json)
}
