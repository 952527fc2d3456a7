// Measures how fast one subject delivers, and what that costs its process: from the first record emitted to the last
// one acknowledged, after a warm-up.
import { setTimeout } from 'node:timers/promises'
import { givenTask, tell } from '../support/child.js'
import { createSubject, type SubjectName } from '../support/subjects.js'

export interface ThroughputTask {
  readonly subject: SubjectName
  readonly url: string
  readonly settings: 'defaults' | 'equal'
  readonly warmUp: number
  readonly records: number
}

const { subject: name, url, settings, warmUp, records } = givenTask<ThroughputTask>()
const subject = createSubject(name, url, settings === 'equal')
const waitsInCall = name.endsWith('blocking')
/** Records are emitted as long as half a batch has room: less would ask for the depth more often than is sensible. */
const LEAST_ROOM = 256
/** What is emitted behind the collection, which makes V8 throw away code that it has optimised. */
const SETTLING = 400_000
/** The first record that is measured. */
const first = warmUp + SETTLING

await emitAll(0, warmUp)
await subject.flush()
globalThis.gc?.()
await emitAll(warmUp, first)
await subject.flush()
const cpuBefore = process.cpuUsage()
const start = performance.now()
await emitAll(first, first + records)
await subject.flush()
const seconds = (performance.now() - start) / 1_000
const { user, system } = process.cpuUsage(cpuBefore)
tell({
  perSecond: records / seconds,
  cpuMicros: (user + system) / records,
  emitted: first + records,
  acknowledged: subject.acknowledged(),
})

/**
 * Emits what there is room for and lets the event loop go on for a moment while there is none, so that nothing is
 * dropped. It waits on a timer of a millisecond, not by polling, which would be counted as CPU time of the subject; a
 * queue of four batches does not run empty meanwhile. In blocking mode the calls wait by themselves.
 */
async function emitAll(from: number, to: number): Promise<void> {
  let sequence = from
  while (sequence < to) {
    const room = waitsInCall ? to : subject.capacity - subject.queued()
    if (room < LEAST_ROOM) {
      await setTimeout(1)
      continue
    }
    const end = Math.min(to, sequence + room)
    while (sequence < end) subject.emit(sequence++)
  }
}
