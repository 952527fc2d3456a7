import { diag } from '@opentelemetry/api'
import { type Clock, systemClock } from '../../common/clock.js'
import { runInExportScope } from '../export-scope.js'
import type { EncodedContext } from '../otlp/export-request.js'
import type { RingSetup } from './ring-setup.js'
import { startExportWorker, type WorkerThread } from './start-export-worker.js'
import type { FinishMessage, FromThread, ToThread } from './thread-messages.js'

/** A thread that lived so long, in milliseconds, did not die of being started. */
const LONG_LIFE_MILLIS = 10_000
/** How long to wait before a thread is replaced that died soon after its start: at first, and at the most. */
const FIRST_PAUSE_MILLIS = 100
const LONGEST_PAUSE_MILLIS = 30_000

/** What the owner of a ring is told by the export thread. */
export interface RingListener {
  /** Records have left the queue or are done with. */
  moved(): void
  /** Records failed. */
  failed(records: number, reason: string): void
  /** The thread died and another one carries on. */
  restarted(): void
}

interface Attached {
  readonly setup: RingSetup
  readonly listener: RingListener
}

interface Unfinished {
  readonly message: FinishMessage
  readonly finished: (failure: string | undefined) => void
}

/**
 * An export thread, as the others see it. It is started with the first ring and ended with the last.
 *
 * What the thread needs to know is kept here, rings and contexts, so that one that died can be replaced: at once if it
 * had worked for a while, else after a pause that grows with every death.
 */
export class ExportThread {
  readonly #startWorker: () => WorkerThread
  readonly #clock: Clock
  readonly #rings = new Map<number, Attached>()
  readonly #contexts = new Map<number, EncodedContext>()
  #worker: WorkerThread | undefined
  /** Calls off the start of a replacement; there is no worker meanwhile. */
  #cancelRestart: (() => void) | undefined
  /** How many threads in a row died soon after their start. */
  #earlyDeaths = 0
  /** What a destination was asked to finish and has not; asked again if the thread dies meanwhile. */
  readonly #unfinished = new Map<number, Unfinished>()
  #nextCall = 0

  constructor(startWorker: () => WorkerThread = startExportWorker, clock: Clock = systemClock) {
    this.#startWorker = startWorker
    this.#clock = clock
  }

  /** @throws whatever makes that no thread can be started: then they are forbidden. */
  attach(setup: RingSetup, listener: RingListener): void {
    const isStarted = this.#worker !== undefined || this.#cancelRestart !== undefined
    if (!isStarted) this.#start()
    this.#rings.set(setup.id, { setup, listener })
    this.#tell({ type: 'attach', setup })
  }

  detach(id: number): void {
    if (!this.#rings.delete(id)) return
    for (const [call, { message }] of this.#unfinished) if (message.id === id) this.#unfinished.delete(call)
    this.#tell({ type: 'detach', id })
    if (this.#rings.size > 0) return
    this.#cancelRestart?.()
    this.#cancelRestart = undefined
    this.#earlyDeaths = 0
    const worker = this.#worker
    this.#worker = undefined
    // Nothing is left to do for it; if it does not end by itself, it does not keep the process.
    void worker?.terminate()
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

  /** Starts a worker that knows all that one before it knew. */
  #start(): void {
    const worker = this.#startWorker()
    const start = this.#clock.now()
    this.#worker = worker
    worker.on('message', (message) => this.#receive(message))
    worker.on('error', (error) => diag.error(`otel-sluice: the export thread failed: ${error.name}`))
    worker.on('exit', () => this.#died(worker, this.#clock.now() - start))
    // The thread's work is no reason to keep a finished process; flushes, shutdowns and the exit hook wait themselves.
    worker.unref()
    for (const [id, context] of this.#contexts) this.#tell({ type: 'context', id, context })
    for (const { setup } of this.#rings.values()) this.#tell({ type: 'attach', setup })
    for (const { message } of this.#unfinished.values()) this.#tell(message)
  }

  #died(worker: WorkerThread, lifeMillis: number): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#earlyDeaths = lifeMillis < LONG_LIFE_MILLIS ? this.#earlyDeaths + 1 : 0
    this.#replace()
  }

  #replace(): void {
    const pause = FIRST_PAUSE_MILLIS * 2 ** (this.#earlyDeaths - 1)
    if (this.#earlyDeaths === 0) this.#restart()
    else this.#cancelRestart = this.#clock.after(Math.min(pause, LONGEST_PAUSE_MILLIS), () => this.#restart())
  }

  #restart(): void {
    this.#cancelRestart = undefined
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

  #receive(message: FromThread): void {
    switch (message.type) {
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
    this.#worker?.postMessage(message)
  }
}
