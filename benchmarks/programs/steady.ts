// Logs at a steady rate, in ticks of a millisecond, and measures what that does to the process: how long the calls
// take, how late the event loop gets, and the CPU time of all threads. Subject `idle` ticks and logs nothing.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { givenTask, tell } from '../support/child.js'
import { takeFirstCore } from '../support/own-core.js'
import { percentile } from '../support/rounds.js'
import { createSubject, type SubjectName } from '../support/subjects.js'

export interface SteadyTask {
  readonly subject: SubjectName | 'idle'
  readonly url: string
  readonly settings: 'defaults' | 'equal'
  /** Records a second. */
  readonly rate: number
  readonly warmUpSeconds: number
  readonly seconds: number
  /** Whether the event loop has the first core for itself, and the other threads have the rest. */
  readonly hasOwnCore?: boolean
}

/** How long it logs behind the collection, which makes V8 throw away code that it has optimised, in seconds. */
const SETTLING_SECONDS = 2

/** The longest loop that is caught up with at once: a tick that comes later than this logs no more than that. */
const MOST_MILLIS = 20

const { subject: name, url, settings, rate, warmUpSeconds, seconds, hasOwnCore } = givenTask<SteadyTask>()
const subject = name === 'idle' ? undefined : createSubject(name, url, settings === 'equal')
const perMilli = rate / 1_000
/** Made before anything is measured, so that keeping a sample allocates nothing. */
const callMillis = new Float64Array(Math.ceil(rate * seconds * 1.1))
const warmUpMillis = new Float64Array(Math.ceil(rate * warmUpSeconds * 1.1))
let sequence = 0

await logSteadily(warmUpSeconds, warmUpMillis)
await subject?.flush()
// All threads are there by now.
if (hasOwnCore === true) takeFirstCore()
globalThis.gc?.()
await logSteadily(Math.min(SETTLING_SECONDS, warmUpSeconds), warmUpMillis)
await subject?.flush()
await setTimeout(50)
const acknowledgedBefore = subject?.acknowledged() ?? 0
const blockedBefore = (await subject?.blockedMillis()) ?? 0
const delays = monitorEventLoopDelay({ resolution: 1 })
delays.enable()
const cpuBefore = process.cpuUsage()
const start = performance.now()
const calls = await logSteadily(seconds, callMillis)
const { user, system } = process.cpuUsage(cpuBefore)
const elapsedMillis = performance.now() - start
delays.disable()
await subject?.flush()
const deliveredMillis = performance.now() - start
const acknowledged = (subject?.acknowledged() ?? 0) - acknowledgedBefore
const sorted = callMillis.subarray(0, calls).sort()
tell({
  callP50Micros: percentile(sorted, 0.5) * 1_000,
  callP99Micros: percentile(sorted, 0.99) * 1_000,
  callP999Micros: percentile(sorted, 0.999) * 1_000,
  callMaxMillis: percentile(sorted, 1),
  clockMicros: clockMicros(),
  loopDelayP50Millis: delays.percentile(50) / 1e6,
  loopDelayP99Millis: delays.percentile(99) / 1e6,
  loopDelayMaxMillis: delays.max / 1e6,
  cpuPercent: (user + system) / 10 / elapsedMillis,
  offeredPerSecond: (calls / elapsedMillis) * 1_000,
  receivedPerSecond: (acknowledged / deliveredMillis) * 1_000,
  calls,
  acknowledged,
  blockedMillis: ((await subject?.blockedMillis()) ?? 0) - blockedBefore,
  emitted: sequence,
  acknowledgedInAll: subject?.acknowledged() ?? 0,
})

/** Logs what is due at every tick, and keeps how long each call took; resolves to how many calls there were. */
function logSteadily(seconds: number, millis: Float64Array): Promise<number> {
  const begin = performance.now()
  let done = 0
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const passed = performance.now() - begin
      const due = Math.floor(Math.min(passed, seconds * 1_000) * perMilli)
      if (subject !== undefined) done = logUntil(Math.min(due, done + MOST_MILLIS * perMilli), done, millis)
      if (passed < seconds * 1_000) return
      clearInterval(timer)
      resolve(done)
    }, 1)
  })
}

function logUntil(due: number, done: number, millis: Float64Array): number {
  let calls = done
  for (let before = performance.now(); calls < due; calls++) {
    subject?.emit(sequence++)
    const after = performance.now()
    millis[calls] = after - before
    before = after
  }
  return calls
}

/** What a call seems to take that does nothing: the clock's own share of every figure, which is left in. */
function clockMicros(): number {
  const samples = new Float64Array(100_000)
  let before = performance.now()
  for (let index = 0; index < samples.length; index++) {
    const after = performance.now()
    samples[index] = after - before
    before = after
  }
  return percentile(samples.sort(), 0.5) * 1_000
}
