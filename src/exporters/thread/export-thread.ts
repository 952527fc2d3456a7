import { diag } from '@opentelemetry/api'
import { type Clock, systemClock } from '../../common/clock.js'
import { runInExportScope } from '../export-scope.js'
import type { EncodedContext } from '../otlp/encoded-batch.js'
import { BatchTaker } from './batch-taker.js'
import { InFlightSlots } from './in-flight-slots.js'
import type { RingSetup } from './ring-setup.js'
import { startExportWorker, type WorkerThread } from './start-export-worker.js'
import type { FinishMessage, FromThread, ToThread } from './thread-messages.js'
import { ThreadVitals, type VitalsOfThread } from './thread-vitals.js'

/** A thread that lived so long, in milliseconds, did not die of being started. */
const LONG_LIFE_MILLIS = 10_000
/** How long to wait before a thread is replaced that died soon after its start: at first, and at the most. */
const FIRST_PAUSE_MILLIS = 100
const LONGEST_PAUSE_MILLIS = 30_000

/** How often a caller that waits is to have the thread looked after, in milliseconds. */
export const SUPERVISION_MILLIS = 50
/**
 * A thread that has not answered at so many looks, two seconds of them, is stuck: longer than it ever compresses or
 * collects garbage. They are counted, not timed, since a machine that was suspended has let time pass but no looks.
 */
const MAX_UNANSWERED = 40

/** The looks that take about so many milliseconds, for a thread that may be held up for longer by code of others. */
export function looksIn(millis: number): number {
  return Math.max(MAX_UNANSWERED, Math.ceil(millis / SUPERVISION_MILLIS))
}

/** What the owner of a ring is told by the export thread. */
export interface RingListener {
  /** Records have left the queue or are done with. */
  moved(): void
  /** Records failed. */
  failed(records: number, reason: string): void
  /** The thread died and another one carries on. */
  restarted(): void
  /** No thread touches the ring's memory any more; after `detach`, if ever. */
  released(): void
}

interface Attached {
  readonly setup: RingSetup
  readonly listener: RingListener
}

interface Unfinished {
  readonly message: FinishMessage
  readonly finished: (failure: string | undefined) => void
}

/** A thread that was started and is not known to have ended. */
interface Running {
  readonly worker: WorkerThread
  readonly vitals: ThreadVitals
  readonly start: number
  /** How many records were done with before it. */
  readonly doneBefore: number
  /** The owners of rings that were detached, until it has let go of their memory, or has ended. */
  readonly leaving: Map<number, RingListener>
}

/** The start of a replacement that is to come; there is no thread meanwhile. */
interface Restart {
  readonly due: number
  readonly cancel: () => void
}

/**
 * An export thread, as the others see it. It is started with the first ring and ended with the last.
 *
 * What the thread needs to know is kept here, rings and contexts, so that one that died can be replaced: at once if it
 * had lived for a while, else after a pause that grows with every death until one of them gets something done.
 *
 * A ring never has two consumers. A thread is replaced only when it is known to have ended: its 'exit' event says so, or,
 * while a caller waits and no event is heard, its vitals do. One that does not answer for long is told to end, and then
 * waited for like any other; so however late it wakes up, there is no successor whose slots, claim or accounts it could
 * touch. Between the two, what it left half done is brought to an end here, by `BatchTaker.recover`.
 */
export class ExportThread {
  readonly #startWorker: (vitals: VitalsOfThread) => WorkerThread
  readonly #clock: Clock
  readonly #maxUnanswered: number
  readonly #rings = new Map<number, Attached>()
  readonly #contexts = new Map<number, EncodedContext>()
  #running: Running | undefined
  #restart: Restart | undefined
  /** How many threads in a row died soon after their start, since one of them got something done. */
  #earlyDeaths = 0
  /** What a destination was asked to finish and has not; asked again if the thread dies meanwhile. */
  readonly #unfinished = new Map<number, Unfinished>()
  #nextCall = 0

  constructor(
    startWorker: (vitals: VitalsOfThread) => WorkerThread = startExportWorker,
    clock: Clock = systemClock,
    maxUnanswered = MAX_UNANSWERED,
  ) {
    this.#maxUnanswered = maxUnanswered
    this.#startWorker = startWorker
    this.#clock = clock
  }

  /** @throws whatever makes that no thread can be started: then they are forbidden. */
  attach(setup: RingSetup, listener: RingListener): void {
    const isStarted = this.#running !== undefined || this.#restart !== undefined
    if (!isStarted) this.#start()
    this.#rings.set(setup.id, { setup, listener })
    this.#tell({ type: 'attach', setup })
  }

  detach(id: number): void {
    const attached = this.#rings.get(id)
    if (attached === undefined) return
    this.#rings.delete(id)
    for (const [call, { message }] of this.#unfinished) if (message.id === id) this.#unfinished.delete(call)
    this.#tell({ type: 'detach', id })
    if (this.#running === undefined) attached.listener.released()
    else this.#running.leaving.set(id, attached.listener)
    if (this.#rings.size > 0) return
    this.#restart?.cancel()
    this.#restart = undefined
    this.#earlyDeaths = 0
    const running = this.#running
    this.#running = undefined
    running?.vitals.close()
    // Nothing is left to do for it; if it does not end by itself, it does not keep the process.
    void running?.worker.terminate()
  }

  /**
   * Has the destination of a ring finish what it keeps back itself. Rejects if that fails; may take for ever, as it is
   * the application's code that is asked.
   */
  async finish(id: number, how: FinishMessage['how']): Promise<void> {
    if (!this.#rings.has(id)) return
    const message: FinishMessage = { type: 'finish', id, call: this.#nextCall++, how }
    const failure = await new Promise<string | undefined>((finished) => {
      this.#unfinished.set(message.call, { message, finished })
      this.#tell(message)
    })
    if (failure !== undefined) throw new Error(`${how} of the exporter failed with ${failure}`)
  }

  /** Makes a context known: its records can be exported from now on. */
  addContext(id: number, context: EncodedContext): void {
    this.#contexts.set(id, context)
    this.#tell({ type: 'context', id, context })
  }

  /**
   * Looks after the thread for a caller that waits and has no turn of the event loop: one that has ended is replaced, as
   * it would be otherwise, and one that is stuck told to end.
   */
  supervise(): void {
    if (this.#restart !== undefined && this.#clock.now() >= this.#restart.due) {
      this.#restart.cancel()
      this.#startAgain()
    }
    const running = this.#running
    if (running === undefined) return
    if (running.vitals.hasEnded) {
      this.#ended(running)
    } else if (running.vitals.ask() === this.#maxUnanswered) {
      diag.error('otel-sluice: the export thread does not answer, and is ended')
      void running.worker.terminate()
    }
  }

  /** Starts a worker that knows all that one before it knew. */
  #start(): void {
    const vitals = new ThreadVitals()
    let worker: WorkerThread
    try {
      worker = this.#startWorker(vitals.ofThread)
    } catch (error) {
      vitals.close()
      throw error
    }
    const running: Running = {
      worker,
      vitals,
      start: this.#clock.now(),
      doneBefore: this.#done,
      leaving: new Map(),
    }
    this.#running = running
    worker.on('message', (message) => this.#receive(message, running))
    worker.on('error', (error) => diag.error(`otel-sluice: the export thread failed: ${error.name}`))
    worker.on('exit', () => this.#ended(running))
    // The thread's work is no reason to keep a finished process; flushes, shutdowns and the exit hook wait themselves.
    worker.unref()
    for (const [id, context] of this.#contexts) this.#tell({ type: 'context', id, context })
    for (const { setup } of this.#rings.values()) this.#tell({ type: 'attach', setup })
    for (const { message } of this.#unfinished.values()) this.#tell(message)
  }

  /** The thread has ended, by whichever sign was seen first. */
  #ended(running: Running): void {
    for (const ring of [...running.leaving.keys()]) released(running, ring)
    if (this.#running !== running) return
    this.#running = undefined
    running.vitals.close()
    for (const { setup, listener } of this.#rings.values()) {
      const failed = new BatchTaker(setup).recover()
      if (failed > 0) listener.failed(failed, 'export_thread_died')
      // What the thread had done may not have been told.
      listener.moved()
    }
    if (this.#clock.now() - running.start >= LONG_LIFE_MILLIS) this.#earlyDeaths = 0
    else this.#earlyDeaths = this.#done > running.doneBefore ? 1 : this.#earlyDeaths + 1
    this.#replace()
  }

  #replace(): void {
    if (this.#earlyDeaths === 0) {
      this.#startAgain()
      return
    }
    const pause = Math.min(FIRST_PAUSE_MILLIS * 2 ** (this.#earlyDeaths - 1), LONGEST_PAUSE_MILLIS)
    const cancel = this.#clock.after(pause, () => this.#startAgain())
    this.#restart = { due: this.#clock.now() + pause, cancel }
  }

  #startAgain(): void {
    this.#restart = undefined
    try {
      this.#start()
    } catch {
      diag.error('otel-sluice: the export thread cannot be started again now')
      this.#earlyDeaths++
      this.#replace()
      return
    }
    for (const { listener } of this.#rings.values()) listener.restarted()
  }

  /** How many records of the rings are done with. */
  get #done(): number {
    let done = 0
    for (const { setup } of this.#rings.values()) {
      const { exported, failed } = new InFlightSlots(setup.slots).counts
      done += exported + failed
    }
    return done
  }

  #receive(message: FromThread, running: Running): void {
    switch (message.type) {
      case 'detached':
        released(running, message.ring)
        break
      case 'moved':
        this.#rings.get(message.ring)?.listener.moved()
        break
      case 'failed':
        this.#rings.get(message.ring)?.listener.failed(message.records, message.reason)
        break
      case 'finished':
        this.#unfinished.get(message.call)?.finished(message.failure)
        this.#unfinished.delete(message.call)
        break
      case 'diagnostic':
        // What the application's own logger for diagnostics logs or throws is no business of this thread's.
        try {
          runInExportScope(() => diag[message.level](message.message))
        } catch {
          // There is nobody left to tell.
        }
        break
    }
  }

  #tell(message: ToThread): void {
    this.#running?.worker.postMessage(message)
  }
}

/** The thread has let go of the memory of a ring that left it. */
function released({ leaving }: Running, ring: number): void {
  const listener = leaving.get(ring)
  leaving.delete(ring)
  listener?.released()
}
