import { Worker } from 'node:worker_threads'
import { diag } from '@opentelemetry/api'
import type { EncodedContext } from '../otlp/export-request.js'
import type { RingSetup } from './ring-setup.js'
import type { FromThread, ToThread } from './thread-messages.js'
import { withoutPreloads } from './worker-environment.js'

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

/**
 * The one export thread of a process, as the others see it. It is started with the first ring and ended with the last.
 *
 * What the thread needs to know is kept here, rings and contexts, so that one that died can be replaced.
 */
class ExportThread {
  readonly #rings = new Map<number, Attached>()
  readonly #contexts = new Map<number, EncodedContext>()
  #worker: Worker | undefined
  #nextRing = 0
  #nextContext = 0

  /** The number for a new ring. */
  nextRingId(): number {
    return this.#nextRing++
  }

  /** The number for a new context; its records wait until it is made known. */
  nextContextId(): number {
    return this.#nextContext++
  }

  /** @throws whatever makes that no thread can be started: then they are forbidden. */
  attach(setup: RingSetup, listener: RingListener): void {
    this.#worker ??= this.#start()
    this.#rings.set(setup.id, { setup, listener })
    this.#tell({ type: 'attach', setup })
  }

  detach(id: number): void {
    if (!this.#rings.delete(id)) return
    this.#tell({ type: 'detach', id })
    if (this.#rings.size > 0) return
    const worker = this.#worker
    this.#worker = undefined
    // Nothing is left to do for it; if it does not end by itself, it does not keep the process.
    void worker?.terminate()
  }

  /** Makes a context known: its records can be exported from now on. */
  addContext(id: number, context: EncodedContext): void {
    this.#contexts.set(id, context)
    this.#tell({ type: 'context', id, context })
  }

  #start(): Worker {
    const worker = new Worker(new URL('./export-worker.js', import.meta.url), {
      name: 'otel-sluice',
      execArgv: [],
      env: withoutPreloads(process.env),
    })
    worker.on('message', (message: FromThread) => this.#receive(message))
    worker.on('error', (error) => diag.error(`otel-sluice: the export thread failed: ${error.name}`))
    worker.on('exit', () => this.#replace(worker))
    // The thread's work is no reason to keep a finished process; flushes, shutdowns and the exit hook wait themselves.
    worker.unref()
    for (const [id, context] of this.#contexts) post(worker, { type: 'context', id, context })
    return worker
  }

  #replace(worker: Worker): void {
    if (this.#worker !== worker) return
    this.#worker = this.#start()
    for (const { setup, listener } of this.#rings.values()) {
      this.#tell({ type: 'attach', setup })
      listener.restarted()
    }
  }

  #receive(message: FromThread): void {
    const listener = this.#rings.get(message.ring)?.listener
    if (message.type === 'moved') listener?.moved()
    else listener?.failed(message.records, message.reason)
  }

  #tell(message: ToThread): void {
    if (this.#worker !== undefined) post(this.#worker, message)
  }
}

function post(worker: Worker, message: ToThread): void {
  worker.postMessage(message)
}

export const exportThread = new ExportThread()
