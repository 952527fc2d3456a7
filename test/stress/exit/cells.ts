import { accept, delay, hang, OtlpReceiver, status } from '../../support/otlp-receiver.js'
import type { ExitProgram } from './program.js'
import { type EndedProgram, firstInNamespace, runExitProgram } from './run-program.js'

export const MODES = ['dropping', 'sliding', 'blocking'] as const
export type Mode = (typeof MODES)[number]

export const ENDINGS = [
  'normal end',
  'process.exit(0)',
  'process.exit(1)',
  'uncaught throw',
  'unhandled rejection',
  'SIGTERM',
  'SIGINT',
  'SIGTERM as PID 1',
  'SIGTERM with a handler',
] as const
export type EndingName = (typeof ENDINGS)[number]

export const RECEIVERS = ['fast', '200 ms a request', '503 for 2 s', 'refusing', 'hanging'] as const
export type ReceiverName = (typeof RECEIVERS)[number]

const RECORDS = 20_000
/** What the machine may take besides the deadline, with several programs running at once. */
const ALLOWANCE_MILLIS = 3_000
/** Nothing may listen there without being told to by the administrator. */
const REFUSING_URL = 'http://127.0.0.1:1/v1/logs'

/** One ending, with one receiver, in one mode. */
export interface Cell {
  readonly ending: EndingName
  readonly receiver: ReceiverName
  readonly mode: Mode
}

/** What came of it. */
export interface CellResult {
  readonly accepted: number
  readonly arrived: number
  /** From the beginning of the end to the end of the process. */
  readonly endMillis: number
  /** What does not hold; nothing if all is well. */
  readonly faults: readonly string[]
}

export function allCells(): Cell[] {
  return ENDINGS.flatMap((ending) =>
    RECEIVERS.flatMap((receiver) => MODES.map((mode) => ({ ending, receiver, mode }))),
  )
}

/** The exit matrix with one Node.js: each ending is put against the same one without a processor. */
export class ExitMatrix {
  readonly #node: string
  readonly #deadMillis: number
  readonly #references = new Map<EndingName, Promise<EndedProgram>>()

  /** @param deadMillis how long the end waits for a receiver that takes nothing. */
  constructor(node: string, deadMillis: number) {
    this.#node = node
    this.#deadMillis = deadMillis
  }

  async run({ ending, receiver: receiverName, mode }: Cell): Promise<CellResult> {
    const isDead = receiverName === 'refusing' || receiverName === 'hanging'
    const receiver = receiverName === 'refusing' ? undefined : await startReceiver(receiverName)
    try {
      const ended = await this.#end(ending, {
        url: receiver?.url ?? REFUSING_URL,
        mode,
        records: RECORDS,
        exitTimeoutMillis: isDead ? this.#deadMillis : 15_000,
        blockTimeoutMillis: isDead ? 500 : 20_000,
      })
      const bodies = receiver?.records.map(({ body }) => body) ?? []
      const arrived = new Set(bodies).size
      const { accepted, endMillis } = ended
      const faults = [
        ...differences(ended, await this.#reference(ending)),
        ...(isDead ? this.#faultsOfDead(ended) : faultsOfWorking(ended, arrived, mode)),
        ...(bodies.length > arrived ? [`${bodies.length - arrived} records came twice`] : []),
      ]
      return { accepted, arrived, endMillis, faults }
    } finally {
      await receiver?.close()
    }
  }

  #faultsOfDead({ accepted, endMillis, ownLines }: EndedProgram): string[] {
    const said = ownLines.join('\n')
    const faults: string[] = []
    if (said !== `otel-sluice: ending: the process ended before ${accepted} log records were delivered`) {
      faults.push(`${accepted} were lost, said: ${said || 'nothing'}`)
    }
    if (endMillis > this.#deadMillis + ALLOWANCE_MILLIS) faults.push('the end took longer than it may')
    return faults
  }

  /** How the process ends without a processor. As PID 1 it would go on: there it is what a shell would make of it. */
  #reference(ending: EndingName): Promise<EndedProgram> {
    const known = this.#references.get(ending)
    if (known !== undefined) return known
    const reference =
      ending === 'SIGTERM as PID 1'
        ? this.#end('SIGTERM').then((ended) => ({ ...ended, status: 128 + 15, signal: null }))
        : this.#end(ending)
    this.#references.set(ending, reference)
    return reference
  }

  #end(ending: EndingName, logging?: ExitProgram['logging']): Promise<EndedProgram> {
    const command = ending === 'SIGTERM as PID 1' ? [...firstInNamespace(), this.#node] : [this.#node]
    return runExitProgram(command, { ending, logging })
  }
}

async function startReceiver(name: Exclude<ReceiverName, 'refusing'>): Promise<OtlpReceiver> {
  const receiver = await OtlpReceiver.start()
  let start: number | undefined
  const sinceFirst = () => {
    start ??= performance.now()
    return performance.now() - start
  }
  const behaviours = {
    fast: () => accept,
    '200 ms a request': () => delay(200),
    '503 for 2 s': () => (sinceFirst() < 2_000 ? status(503) : accept),
    hanging: () => hang,
  }
  receiver.behaviour = behaviours[name]
  return receiver
}

function faultsOfWorking({ accepted, ownLines }: EndedProgram, arrived: number, mode: Mode): string[] {
  const faults: string[] = []
  if (mode === 'blocking' && accepted !== RECORDS) faults.push(`only ${accepted} were accepted`)
  if (arrived !== accepted) faults.push(`${arrived} of ${accepted} arrived`)
  if (ownLines.length > 0) faults.push(`said: ${ownLines.join(' ')}`)
  return faults
}

/** How the end differs from that without a processor. */
function differences(ended: EndedProgram, reference: EndedProgram): string[] {
  const faults: string[] = []
  if (ended.status !== reference.status || ended.signal !== reference.signal) {
    faults.push(
      `ended with ${ended.signal ?? ended.status} instead of ${reference.signal ?? reference.status}`,
    )
  }
  if (ended.otherOutput !== reference.otherOutput) faults.push(`printed: ${ended.otherOutput}`)
  return faults
}
