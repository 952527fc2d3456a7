import { systemClock } from '../../common/clock.js'
import type { EncodedContext } from '../otlp/encoded-batch.js'
import { ExportThread, looksIn, type RingListener } from './export-thread.js'
import type { RingSetup } from './ring-setup.js'
import { SpareMemory } from './spare-memory.js'
import { startExportWorker } from './start-export-worker.js'
import { isExportThread } from './this-thread.js'

/**
 * The export threads of the process: one that all rings share, and one for each ring whose destination is code of the
 * application's, which may hold its thread up as long as it likes.
 */
export class ExportThreads {
  readonly #shared: ExportThread
  /** Those that are not shared, while they have their ring. */
  readonly #own = new Set<ExportThread>()
  /** All contexts so far: a thread that starts later has to know them too. */
  readonly #contexts = new Map<number, EncodedContext>()
  /** Where rings have their memory from; it goes back there when they are done with. */
  readonly memory = new SpareMemory()
  #nextRing = 0
  #nextContext = 0

  constructor(shared: ExportThread = new ExportThread()) {
    this.#shared = shared
  }

  /** The number for a new ring. */
  nextRingId(): number {
    return this.#nextRing++
  }

  /** The number for a new context; its records wait until it is made known. */
  nextContextId(): number {
    return this.#nextContext++
  }

  /** Makes a context known: its records can be exported from now on. */
  addContext(id: number, context: EncodedContext): void {
    this.#contexts.set(id, context)
    for (const thread of [this.#shared, ...this.#own]) thread.addContext(id, context)
  }

  /**
   * Has a ring drained, and says by whom. On an export thread, nobody does: no record is ever taken there, and threads
   * of threads would have no end.
   *
   * @throws whatever makes that no thread can be started: then they are forbidden.
   */
  attach(setup: RingSetup, listener: Omit<RingListener, 'released'>): ExportThread {
    const thread = setup.destination.kind === 'module' ? threadFor(setup) : this.#shared
    if (isExportThread()) return thread
    if (thread !== this.#shared) {
      for (const [id, context] of this.#contexts) thread.addContext(id, context)
    }
    const released = () => {
      for (const { index, data } of [setup.ring, setup.slots]) {
        this.memory.give(index)
        this.memory.give(data)
      }
    }
    try {
      thread.attach(setup, { ...listener, released })
    } catch (error) {
      released()
      throw error
    }
    if (thread !== this.#shared) this.#own.add(thread)
    return thread
  }

  /** Stops that, and lets go of the thread if nobody needs it any more. */
  detach(thread: ExportThread, ring: number): void {
    thread.detach(ring)
    this.#own.delete(thread)
  }
}

/** Code of the application's may hold its thread up, as long as it may take to export. */
function threadFor({ exportTimeoutMillis }: RingSetup): ExportThread {
  return new ExportThread(startExportWorker, systemClock, looksIn(exportTimeoutMillis))
}

export const exportThreads = new ExportThreads()
