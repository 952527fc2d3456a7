// How many records a process loses that is killed (SIGKILL) under load: 100 times, at any moment. Prints figures; ends
// with status 1 if more are lost than docs/delivery.md says. Run with numbers for others: kills, records per second, processes at a time.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ReceiverProcess, startReceiver } from '../../examples/websocket-service/receiver-process.js'
import type { SigkillProgram } from './sigkill-program.js'

const PROGRAM = fileURLToPath(new URL('sigkill-program.js', import.meta.url))

/** The longest time under load, in milliseconds. */
const LONGEST_MILLIS = 1_000
/** How long nothing more has to arrive of a process that is gone until it is believed that nothing will. */
const QUIET_MILLIS = 100

/** The defaults, which the programs have: a full queue, and the batch in flight. */
const BOUND = 2_048 + 512

const [kills = 100, recordsPerSecond = 20_000, atATime = 4] = process.argv.slice(2).map(Number)

/** What became of one process. */
interface Killed {
  readonly emitted: number
  readonly lost: number
}

async function kill(receiver: ReceiverProcess, folder: string, index: number): Promise<Killed> {
  const name = `killed ${index}`
  const file = join(folder, String(index))
  const program: SigkillProgram = { endpoint: receiver.endpoint, name, recordsPerSecond, file }
  const child = fork(PROGRAM, [JSON.stringify(program)], { execArgv: [] })
  const exited = once(child, 'exit')
  const isReady = await Promise.race([once(child, 'message').then(() => true), exited.then(() => false)])
  if (!isReady) throw new Error('the program ended by itself')
  await sleep(Math.random() * LONGEST_MILLIS)
  child.kill('SIGKILL')
  await exited
  const emitted = Number(readFileSync(file).readBigUInt64LE())
  return { emitted, lost: emitted - (await arrived(receiver, name)) }
}

/** How many different records have arrived, once no more do. */
async function arrived(receiver: ReceiverProcess, name: string): Promise<number> {
  for (let before = -1; ; ) {
    const arrivals = (await receiver.summary()).handlers[name]
    const now = arrivals === undefined ? 0 : arrivals.records - arrivals.duplicates
    if (now === before) return now
    before = now
    await sleep(QUIET_MILLIS)
  }
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-sigkill-'))
const receiver = await startReceiver()
const results: Killed[] = []
let next = 0
async function killInTurn(): Promise<void> {
  while (next < kills) results.push(await kill(receiver, folder, next++))
}
try {
  await Promise.all(Array.from({ length: atATime }, killInTurn))
} finally {
  await receiver.stop()
  rmSync(folder, { recursive: true })
}

const lost = results.map((result) => result.lost).sort((a, b) => a - b)
const at = (fraction: number) => lost[Math.floor(fraction * (lost.length - 1))] ?? 0
const emitted = results.reduce((sum, result) => sum + result.emitted, 0)
// What was counted ahead of being emitted, in one tick.
const bound = BOUND + recordsPerSecond / 100
console.log(
  `${results.length} kills at ${recordsPerSecond} records/s, ${emitted} records: lost ${at(0)} at the least, ` +
    `${at(0.5)} in the median, ${at(1)} at the most; the bound is ${bound}`,
)
if (at(1) > bound || results.length < kills) process.exitCode = 1
