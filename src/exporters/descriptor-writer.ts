import { LineBatch } from './line-batch.js'
import { OutageReport } from './outage-report.js'
import { errorCode, type Platform } from './platform.js'
import type { OpenDescriptor, Target } from './target.js'

/** How long to wait before a destination that would not take more is tried again, at first and at most. */
const MIN_RETRY_MILLIS = 1
const MAX_RETRY_MILLIS = 50

/** How often a waiting caller looks again. */
const PAUSE_MILLIS = 1

/** What became of a batch: how many of its lines are out in full, and the error if that is not all of them. */
export type Settled = (wholeLines: number, error?: Error) => void

interface Job {
  readonly batch: LineBatch
  readonly settled: Settled
}

/** A write that the thread pool has: all of one batch that was left. */
interface BackgroundWrite {
  readonly fd: number
  readonly batch: LineBatch
  /** The size that the file will have at least, once the write has arrived. */
  readonly sizeAfter: number
}

/**
 * The one owner of a destination and of what is on its way there.
 *
 * Batches go in the order they were added, and only the first of the queue is ever partly written. A batch that cannot
 * be finished now is finished before the next begins; one that fails within a line is followed by a newline as soon as
 * anything can be written again. (Cutting the file back instead could cut off what another process has appended.)
 *
 *     add ─► #jobs: [ first, partly written ] [ untouched ] [ untouched ] …
 *               │
 *               ├─ in the background: file → thread pool; stream → write(2), EAGAIN → a timer, and again
 *               └─ finish(), while a caller waits: write(2), EAGAIN → a pause, and again
 */
export class DescriptorWriter {
  readonly #target: Target
  readonly #platform: Platform
  readonly #outage: OutageReport
  readonly #jobs: Job[] = []
  /** Whether the byte that got there last is within a line. */
  #midLine: boolean
  /** At most one: two could overtake each other. */
  #background: BackgroundWrite | undefined
  #cancelRetry: (() => void) | undefined
  #retryMillis = MIN_RETRY_MILLIS
  #advancing = false
  #closed = false

  /** @param mayBeMidLine whether another writer, now dead, may have left a line there that is not whole. */
  constructor(target: Target, platform: Platform, mayBeMidLine = false) {
    this.#midLine = mayBeMidLine
    this.#target = target
    this.#platform = platform
    this.#outage = new OutageReport(target.name)
  }

  /** Queues lines. `settled` is called once, from `start`, from `finish`, from `close` or later, never from here. */
  add(lines: string, settled: Settled): void {
    this.#jobs.push({ batch: new LineBatch(lines), settled })
  }

  /** Sees to it that what is queued gets written; returns without waiting for that. */
  start(): void {
    // A `settled` that adds and starts more is answered by this loop, not by another one inside it.
    if (this.#advancing || this.#background !== undefined || this.#cancelRetry !== undefined) return
    this.#advancing = true
    try {
      for (let job = this.#jobs[0]; job !== undefined && this.#advance(job); ) job = this.#jobs[0]
    } finally {
      this.#advancing = false
    }
  }

  /**
   * Writes until `isDone`, in the order of the queue, but gives up when `timeoutMillis` are over: then the rest goes on
   * in the background.
   */
  finish(isDone: () => boolean, timeoutMillis: number): void {
    const { clock, pause } = this.#platform
    const end = clock.now() + timeoutMillis
    while (!isDone()) {
      if (this.#advanceNow()) continue
      if (clock.now() >= end) {
        this.#retryLater()
        return
      }
      pause(PAUSE_MILLIS)
    }
    this.start()
  }

  /** Gives up on what is queued, and lets go of the destination. */
  close(reason: Error): void {
    this.#closed = true
    this.#cancelRetry?.()
    while (this.#jobs.length > 0) this.#settle(reason)
    // The thread pool may still be about to write: the number it has must not become another file's.
    if (this.#background === undefined) this.#target.close()
  }

  /** One step in the background; `false` if the next has to wait. */
  #advance({ batch }: Job): boolean {
    if (batch.remaining === 0) {
      this.#settle()
      return true
    }
    try {
      const { fd, inBackground } = this.#open(batch)
      if (inBackground) {
        this.#writeInBackground(fd, batch)
        return false
      }
      if (this.#write(fd, batch)) return true
    } catch (error) {
      this.#fail(error)
      return true
    }
    this.#retryLater()
    return false
  }

  /** One step while a caller waits; `false` if the next has to wait. */
  #advanceNow(): boolean {
    if (this.#background !== undefined) return this.#collect(this.#background)
    const batch = this.#jobs[0]?.batch
    if (batch === undefined) return false
    if (batch.remaining === 0) {
      this.#settle()
      return true
    }
    try {
      return this.#write(this.#open(batch).fd, batch)
    } catch (error) {
      this.#fail(error)
      return true
    }
  }

  /** Between two lines of different batches, the target may go on elsewhere. */
  #open(batch: LineBatch): OpenDescriptor {
    const isBetweenLines = batch.isUntouched && !this.#midLine
    return this.#target.open(isBetweenLines ? batch.remaining : undefined)
  }

  /** `false` if nothing could be written now. @throws what write(2) failed with otherwise */
  #write(fd: number, batch: LineBatch): boolean {
    if (this.#midLine) batch.endTornLine()
    try {
      const written = this.#platform.fileSystem.writeSync(fd, batch.bytes, batch.position, batch.remaining)
      this.#take(batch, written)
      return written > 0
    } catch (error) {
      if (errorCode(error) === 'EAGAIN') return false
      throw error
    }
  }

  #writeInBackground(fd: number, batch: LineBatch): void {
    if (this.#midLine) batch.endTornLine()
    const { fileSystem } = this.#platform
    const sizeAfter = fileSystem.fstatSync(fd).size + batch.remaining
    const write: BackgroundWrite = { fd, batch, sizeAfter }
    this.#background = write
    fileSystem.write(fd, batch.bytes, batch.position, batch.remaining, null, (error, written) => {
      // Otherwise `finish` has seen it arrive, and gone on.
      if (this.#background === write) this.#backgroundEnded(batch, error, written)
    })
  }

  #backgroundEnded(batch: LineBatch, error: Error | null, written: number): void {
    this.#background = undefined
    if (this.#closed) {
      this.#target.close()
      return
    }
    if (error === null) this.#take(batch, written)
    else this.#fail(error)
    this.start()
  }

  /**
   * Looks for the end of a background write without the event loop, which alone could tell: its callback comes when
   * this thread is free again, at the end of the process never. `false` if it has not arrived.
   */
  #collect({ fd, batch, sizeAfter }: BackgroundWrite): boolean {
    try {
      if (this.#platform.fileSystem.fstatSync(fd).size < sizeAfter) return false
    } catch {
      return false
    }
    this.#background = undefined
    this.#take(batch, batch.remaining)
    return true
  }

  #take(batch: LineBatch, written: number): void {
    if (written === 0) return
    batch.advance(written)
    this.#midLine = batch.tearsLine
    this.#retryMillis = MIN_RETRY_MILLIS
    if (batch.remaining > 0) return
    this.#outage.succeeded()
    this.#settle()
  }

  #fail(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    this.#target.discard(error)
    this.#outage.failed(error, this.#jobs[0]?.batch.unfinishedLines ?? 0)
    this.#settle(error)
  }

  /** Done with the first of the queue. It is taken out before anyone hears of it, who may well add the next. */
  #settle(error?: Error): void {
    const job = this.#jobs.shift()
    job?.settled(job.batch.wholeLines, error)
  }

  /** Unless something is under way already that goes on when it is over. */
  #retryLater(): void {
    if (this.#background !== undefined || this.#cancelRetry !== undefined) return
    this.#cancelRetry = this.#platform.clock.after(this.#retryMillis, () => {
      this.#cancelRetry = undefined
      this.start()
    })
    this.#retryMillis = Math.min(2 * this.#retryMillis, MAX_RETRY_MILLIS)
  }
}
