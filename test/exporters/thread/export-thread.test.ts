import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import type { ExporterDescription } from 'otel-sluice'
import type { EncodedContext } from '#src/exporters/otlp/encoded-batch.js'
import { ExportThread } from '#src/exporters/thread/export-thread.js'
import { createSlots, InFlightSlots } from '#src/exporters/thread/in-flight-slots.js'
import type { RingSetup } from '#src/exporters/thread/ring-setup.js'
import { createAccounts } from '#src/exporters/thread/shared-accounts.js'
import { createDurations } from '#src/exporters/thread/shared-durations.js'
import { createRing } from '#src/exporters/thread/shared-ring.js'
import type { WorkerThread } from '#src/exporters/thread/start-export-worker.js'
import type { ToThread } from '#src/exporters/thread/thread-messages.js'
import { answer, type VitalsOfThread } from '#src/exporters/thread/thread-vitals.js'
import { diagnosticsDuring } from '../../support/diagnostics.js'
import { ManualClock } from '../../support/manual-clock.js'

/** A thread that does nothing but remember what it was told. */
class ScriptedWorker extends EventEmitter implements WorkerThread {
  readonly told: ToThread[] = []
  readonly vitals: VitalsOfThread
  terminations = 0
  isUnreferenced = false

  constructor(vitals: VitalsOfThread) {
    super()
    this.vitals = vitals
  }

  postMessage(message: ToThread): void {
    this.told.push(message)
  }

  unref(): void {
    this.isUnreferenced = true
  }

  async terminate(): Promise<void> {
    this.terminations++
  }

  /** Resolves when it has ended, as far as others can tell, but for the event. */
  async end(): Promise<void> {
    const ended = once(this.vitals.lifeline, 'close')
    this.vitals.lifeline.close()
    await ended
  }

  die(): void {
    this.emit('error', new RangeError('with a secret in it'))
    this.emit('exit')
  }

  /** What it was told, in short. */
  get summary(): string[] {
    return this.told.map((message) =>
      message.type === 'attach' ? `attach ${message.setup.id}` : `${message.type} ${message.id}`,
    )
  }
}

const destination: ExporterDescription = {
  kind: 'otlp',
  basePackage: '',
  options: {},
  environment: {},
  server: { address: '127.0.0.1', port: 4318 },
}
const empty = new Uint8Array()
const context: EncodedContext = {
  resource: empty,
  resourceSchemaUrl: empty,
  scope: empty,
  scopeSchemaUrl: empty,
}

function setup(id: number): RingSetup {
  return {
    id,
    ring: createRing({ records: 64, bytes: 1_024, recordBytes: 256, slackRecords: 64, slackBytes: 512 }),
    slots: createSlots({ slots: 1, records: 64, bytes: 512 }),
    accounts: createAccounts(),
    durations: createDurations(),
    scheduledDelayMillis: 0,
    exportTimeoutMillis: 1,
    destination,
  }
}

describe('the export thread, seen from its process', () => {
  let clock: ManualClock
  let workers: ScriptedWorker[]
  let startFails: boolean
  let thread: ExportThread
  let events: string[]

  beforeEach(() => {
    clock = new ManualClock()
    workers = []
    startFails = false
    events = []
    thread = new ExportThread((vitals) => {
      if (startFails) throw new Error('no thread')
      const worker = new ScriptedWorker(vitals)
      workers.push(worker)
      return worker
    }, clock)
  })

  function attach(id: number): void {
    thread.attach(setup(id), {
      moved: () => events.push(`${id} moved`),
      failed: (records, reason) => events.push(`${id} failed ${records} ${reason}`),
      restarted: () => events.push(`${id} restarted`),
      released: () => events.push(`${id} released`),
    })
  }
  const last = () => {
    const worker = workers.at(-1)
    if (worker === undefined) throw new Error('no worker was started')
    return worker
  }

  it('throws when no thread can be started, and does once it can', () => {
    startFails = true
    throws(() => attach(0), /no thread/)
    startFails = false
    attach(1)
    deepStrictEqual(last().summary, ['attach 1'])
  })

  it('is one for all rings, from the first to the last, and keeps no process', () => {
    attach(0)
    attach(1)
    strictEqual(workers.length, 1)
    strictEqual(last().isUnreferenced, true)
    thread.detach(0)
    strictEqual(last().terminations, 0)
    thread.detach(1)
    strictEqual(last().terminations, 1)
    deepStrictEqual(last().summary, ['attach 0', 'attach 1', 'detach 0', 'detach 1'])
    last().emit('exit')
    strictEqual(workers.length, 1)
    attach(2)
    strictEqual(workers.length, 2)
  })

  it('tells each ring what concerns it, and nobody of one that is gone', () => {
    attach(0)
    attach(1)
    last().emit('message', { type: 'moved', ring: 1 })
    last().emit('message', { type: 'failed', ring: 0, records: 3, reason: '400' })
    thread.detach(1)
    last().emit('message', { type: 'moved', ring: 1 })
    deepStrictEqual(events, ['1 moved', '0 failed 3 400'])
  })

  describe("says once that the memory of a ring is nobody's any more:", () => {
    const detached = (ring: number, worker = last()) => worker.emit('message', { type: 'detached', ring })

    it('when the thread says so, which it may for a ring that has left', () => {
      attach(0)
      attach(1)
      detached(0)
      thread.detach(1)
      deepStrictEqual(events, [])
      detached(1)
      detached(1)
      deepStrictEqual(events, ['1 released'])
    })

    it('when the thread has ended before it said so', () => {
      attach(0)
      attach(1)
      thread.detach(1)
      last().die()
      deepStrictEqual(events, ['1 released', '0 moved'])
    })

    it('of the last ring, when the thread that it was has ended, whatever came after it', () => {
      attach(0)
      const first = last()
      thread.detach(0)
      attach(1)
      thread.detach(1)
      first.emit('exit')
      deepStrictEqual(events, ['0 released'])
      detached(1, first)
      deepStrictEqual(events, ['0 released'], 'another thread says nothing of this ring')
      detached(1)
      last().emit('exit')
      deepStrictEqual(events, ['0 released', '1 released'])
    })

    it('at once where there is no thread at all', () => {
      attach(0)
      last().die()
      thread.detach(0)
      deepStrictEqual(events, ['0 moved', '0 released'])
    })
  })

  describe('asked to have a destination finish', () => {
    const asked = () => last().told.flatMap((message) => (message.type === 'finish' ? message : []))

    it('asks once, and ends when it is answered', async () => {
      attach(3)
      const flushed = thread.finish(3, 'forceFlush')
      deepStrictEqual(asked(), [{ type: 'finish', id: 3, call: 0, how: 'forceFlush' }])
      last().emit('message', { type: 'finished', call: 0 })
      strictEqual(await flushed, undefined)
    })

    it('rejects with no more than the kind of error', async () => {
      attach(3)
      const stopped = thread.finish(3, 'shutdown')
      last().emit('message', { type: 'finished', call: 0, failure: 'RangeError' })
      await rejects(stopped, { message: 'shutdown of the exporter failed with RangeError' })
    })

    it('asks the successor of a thread that died before it answered, behind the rings', async () => {
      attach(3)
      const flushed = thread.finish(3, 'forceFlush')
      clock.pass(10_000)
      last().die()
      strictEqual(workers.length, 2)
      deepStrictEqual(last().summary, ['attach 3', 'finish 3'])
      last().emit('message', { type: 'finished', call: 0 })
      await flushed
      clock.pass(10_000)
      last().die()
      deepStrictEqual(last().summary, ['attach 3'], 'what is answered is not asked again')
    })

    it('asks nobody about a ring that is gone', async () => {
      attach(3)
      attach(4)
      void thread.finish(3, 'shutdown')
      thread.detach(3)
      strictEqual(await thread.finish(3, 'shutdown'), undefined)
      clock.pass(10_000)
      last().die()
      deepStrictEqual(last().summary, ['attach 4'])
    })
  })

  it('passes on what is told there, to whoever listens here', async () => {
    const told = await diagnosticsDuring(async () => {
      attach(1)
      last().emit('message', { type: 'diagnostic', level: 'error', message: 'otel-sluice: told' })
    })
    deepStrictEqual(told, ['otel-sluice: told'])
  })

  describe('when it dies', () => {
    it('is replaced by one that knows all contexts before it gets the rings', async () => {
      attach(0)
      attach(1)
      thread.addContext(0, context)
      thread.addContext(1, context)
      thread.detach(1)
      clock.pass(60_000)
      last().die()
      strictEqual(workers.length, 2)
      deepStrictEqual(last().summary, ['context 0', 'context 1', 'attach 0'])
      deepStrictEqual(events, ['1 released', '0 moved', '0 restarted'])
      strictEqual(last().isUnreferenced, true)
    })

    it('is told with the kind of error, not with what it says', async () => {
      const told = await diagnosticsDuring(async () => {
        attach(0)
        last().die()
      })
      deepStrictEqual(told, ['otel-sluice: the export thread failed: RangeError'])
    })

    it('soon after its start, is replaced after a pause, which doubles up to 30 s', async () => {
      attach(0)
      const pauses: number[] = []
      for (let i = 0; i < 11; i++) {
        last().die()
        const before = clock.now()
        const started = workers.length
        while (workers.length === started) await clock.advance(100)
        pauses.push(clock.now() - before)
      }
      deepStrictEqual(pauses, [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000])
      strictEqual(events.filter((event) => event === '0 restarted').length, 11)
    })

    it('is replaced at once again after one that lived long', async () => {
      attach(0)
      last().die()
      await clock.advance(100)
      strictEqual(workers.length, 2)
      clock.pass(60_000)
      last().die()
      strictEqual(workers.length, 3)
    })

    it('soon after its start, is replaced after the shortest pause again if it got something done', async () => {
      attach(0)
      const [message] = last().told
      if (message?.type !== 'attach') throw new Error('nothing was attached')
      const slots = new InFlightSlots(message.setup.slots)
      for (let i = 0; i < 5; i++) {
        slots.note(0, { firstSequence: i, records: 1, takenBefore: 0, end: 1 })
        slots.complete(0)
        slots.settle(0, 1, 0)
        last().die()
        await clock.advance(100)
        strictEqual(workers.length, i + 2)
      }
    })

    it('does not count deaths of a time when there were other rings', async () => {
      attach(0)
      for (let i = 0; i < 5; i++) {
        last().die()
        await clock.advance(10_000)
      }
      thread.detach(0)
      attach(1)
      last().die()
      const before = workers.length
      await clock.advance(100)
      strictEqual(workers.length, before + 1)
    })

    it('tries again when no other can be started', async () => {
      attach(0)
      startFails = true
      last().die()
      await clock.advance(300)
      strictEqual(workers.length, 1)
      startFails = false
      await clock.advance(400)
      strictEqual(workers.length, 2)
      deepStrictEqual(events, ['0 moved', '0 restarted'])
    })

    it('brings what was attached and made known meanwhile to its successor, and starts no second one', async () => {
      attach(0)
      last().die()
      attach(1)
      thread.addContext(0, context)
      thread.detach(0)
      strictEqual(workers.length, 1)
      await clock.advance(100)
      strictEqual(workers.length, 2)
      deepStrictEqual(last().summary, ['context 0', 'attach 1'])
    })

    it('is not replaced once no ring is left', async () => {
      attach(0)
      last().die()
      thread.detach(0)
      await clock.advance(60_000)
      strictEqual(workers.length, 1)
      strictEqual(clock.pendingTimers, 0)
    })
  })

  describe('while a caller waits, and no event is heard,', () => {
    it('is left alone as long as it lives', () => {
      attach(0)
      for (let i = 0; i < 100; i++) thread.supervise()
      strictEqual(workers.length, 1)
      strictEqual(last().terminations, 0)
    })

    it('is replaced once it has ended, and once only', async () => {
      attach(0)
      const [first] = workers
      clock.pass(60_000)
      await last().end()
      thread.supervise()
      strictEqual(workers.length, 2)
      deepStrictEqual(last().summary, ['attach 0'])
      first?.emit('exit')
      thread.supervise()
      strictEqual(workers.length, 2)
      deepStrictEqual(events, ['0 moved', '0 restarted'])
    })

    it('is replaced after the pause, though no timer fires, and once only', async () => {
      attach(0)
      await last().end()
      thread.supervise()
      clock.pass(99)
      thread.supervise()
      strictEqual(workers.length, 1)
      clock.pass(1)
      thread.supervise()
      strictEqual(workers.length, 2)
      await clock.advance(60_000)
      strictEqual(workers.length, 2)
      strictEqual(clock.pendingTimers, 0)
    })

    it('is tried to be replaced ever less often while no other can be started, and nothing is thrown', async () => {
      attach(0)
      startFails = true
      await last().end()
      let told = 0
      for (let millis = 0; millis < 10_000; millis += 50) {
        told += (await diagnosticsDuring(async () => thread.supervise())).length
        clock.pass(50)
      }
      // After 100, 300, 700, 1500, 3100 and 6300 ms.
      strictEqual(told, 6)
      startFails = false
      clock.pass(10_000)
      thread.supervise()
      strictEqual(workers.length, 2)
    })

    it('has as long as it takes to start', () => {
      attach(0)
      for (let i = 0; i < 1_000; i++) thread.supervise()
      strictEqual(last().terminations, 0)
    })

    it('is told to end when it has not answered for long, and replaced when it has, not before', async () => {
      attach(0)
      const [stuck] = workers
      // Its event loop is this one, which does not turn below.
      void answer(last().vitals)
      const told = await diagnosticsDuring(async () => {
        for (let i = 0; i <= 40; i++) {
          strictEqual(last().terminations, 0)
          thread.supervise()
        }
      })
      strictEqual(stuck?.terminations, 1)
      deepStrictEqual(told, ['otel-sluice: the export thread does not answer, and is ended'])
      clock.pass(60_000)
      for (let i = 0; i < 100; i++) thread.supervise()
      strictEqual(workers.length, 1)
      strictEqual(stuck?.terminations, 1)
      await stuck?.end()
      thread.supervise()
      strictEqual(workers.length, 2)
    })

    it('is left alone when it is slow to answer, but does', async () => {
      attach(0)
      void answer(last().vitals)
      for (let i = 0; i < 200; i++) {
        thread.supervise()
        if (i % 30 === 0) await new Promise((resolve) => setTimeout(resolve))
      }
      strictEqual(last().terminations, 0)
    })
  })
})
