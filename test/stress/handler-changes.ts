import { equal, ok } from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createTelemetry, type HandlerChanges, type HandlerStats } from 'otel-sluice'
import { answerLater, ScriptedExporter } from '../support/scripted-exporter.js'

/** Which records have arrived somewhere; none may come twice. */
class Arrivals {
  readonly #seen: Uint8Array
  count = 0

  constructor(records: number) {
    this.#seen = new Uint8Array(records)
  }

  add(record: unknown): void {
    const index = Number(record)
    equal(this.#seen[index], 0, `record ${index} came twice, or never was`)
    this.#seen[index] = 1
    this.count++
  }
}

const pick = <T>(choices: readonly T[]): T | undefined => choices[Math.floor(Math.random() * choices.length)]

function randomQueue(): HandlerChanges['async'] {
  const mode = pick(['dropping', 'sliding', 'blocking'] as const) ?? 'dropping'
  return pick([
    false,
    true,
    undefined,
    { mode },
    { bufferSize: pick([1, 50, 2000]) ?? 1 },
    { mode, nThreads: 3 },
  ])
}

function randomFilter(): HandlerChanges {
  const none = { minLevel: undefined, sample: undefined, limit: undefined, when: undefined, enabled: true }
  return (
    pick<HandlerChanges>([
      none,
      { enabled: pick([true, false]) },
      { minLevel: pick(['info', 'warn'] as const) },
      { sample: Math.random() },
      { limit: [[Math.ceil(Math.random() * 1000), 5]] },
      { when: ({ message }) => Number(message) % 2 === 0 },
    ]) ?? none
  )
}

/** What became of a run, for each handler: its statistics, and how many records its target got. */
export type Outcome = Record<string, { readonly stats: HandlerStats; readonly arrived: number }>

/**
 * Changes the options of three handlers (a function, an exporter object, a file on the export thread) at random while
 * records flow, and compares their accounts with what arrived.
 *
 * @throws AssertionError if a record is lost, comes twice, or is not in the accounts.
 */
export async function changeUnderLoad(records: number, changes: number): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-changes-'))
  const path = join(folder, 'app.log')
  const arrivals = {
    function: new Arrivals(records),
    exporter: new Arrivals(records),
    file: new Arrivals(records),
  }
  const ids = ['function', 'exporter', 'file'] as const
  const telemetry = createTelemetry({ minLevel: 'info' })
  const exporter = new ScriptedExporter((call) => {
    for (const { body } of call.records) arrivals.exporter.add(body)
    answerLater(call)
  })
  telemetry.addHandler('function', ({ message }) => arrivals.function.add(message))
  telemetry.addHandler('exporter', exporter)
  // Wants everything: records that no handler wants are not even made, and nobody counts them.
  telemetry.addHandler('all', () => {})
  telemetry.addFileHandler('file', path, { format: 'readable' })

  const offered = { function: 0, exporter: 0, file: 0 }
  let next = 0
  for (let change = 1; change <= changes; change++) {
    const settings = telemetry.getHandlers()
    for (const end = Math.floor((records * change) / changes); next < end; next++) {
      telemetry.log(next % 3 === 0 ? 'warn' : 'info', String(next))
      for (const id of ids) if (settings[id]?.enabled) offered[id]++
    }
    const id = pick(ids) ?? 'file'
    const async = randomQueue()
    // It cannot export while its caller waits.
    const isImpossible =
      id === 'exporter' && (async === false || (typeof async === 'object' && async.mode === 'blocking'))
    if (!isImpossible && Math.random() < 0.4) telemetry.setHandlerOptions(id, { async })
    else telemetry.setHandlerOptions(id, randomFilter())
    if (Math.random() < 0.5) await nextTurn()
  }
  const flushed = await telemetry.flushTelemetry()
  for (const id of ids) ok(flushed[id]?.ok, `${id} was not flushed`)
  const stats = telemetry.getHandlerStats()
  await telemetry.shutdownTelemetry()
  for (const line of (await readFile(path, 'utf8')).trimEnd().split('\n')) {
    // Time, level, scope, message, and perhaps the rate it was sampled with.
    arrivals.file.add(line.split(' ')[3])
  }
  await rm(folder, { recursive: true })

  const outcome: Record<string, { stats: HandlerStats; arrived: number }> = {}
  for (const id of ids) {
    const own = stats[id]
    ok(own !== undefined)
    const { processed, errors, dropped, queueSize, filtered, sampled, rateLimited } = own
    equal(processed + dropped + filtered + sampled + rateLimited, offered[id], `the account of ${id}`)
    equal(errors + queueSize, 0)
    equal(processed, arrivals[id].count, `what arrived at ${id}`)
    outcome[id] = { stats: own, arrived: arrivals[id].count }
  }
  return outcome
}
