import assert from 'node:assert/strict'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { DropReason, QueueStats } from 'otel-sluice'
import { accountedFor } from './subject.js'

/** The settings that decide what becomes of records. */
export interface ModelSettings {
  readonly mode: 'dropping' | 'sliding' | 'blocking' | 'sync'
  readonly maxQueueSize: number
  readonly maxExportBatchSize: number
  readonly concurrency: number
  readonly exportTimeoutMillis: number
  readonly shutdownTimeoutMillis: number
  /** How many places of the queue are for severity 17 and above. */
  readonly reserved: number
  readonly reportLoss: boolean
  /** Whether evicted records are marked when what is behind them is taken, beside a batch; else in the queue. */
  readonly marksWhenTaken: boolean
}

/** What a test emits: a record that can be read, one that cannot, or one with too many values. */
export type Kind = 'sound' | 'hostile' | 'large'

/** A record as the model knows it: the number that is its body, or how many records it says are missing. */
interface Entry {
  readonly order: number
  readonly content: { readonly id: number } | { readonly missing: number }
}

/** How many of a batch failed, or `late` for an answer that is still to come. */
export type Outcome = { readonly failed: number } | 'late'

interface Call {
  readonly entries: readonly Entry[]
  readonly start: number
  isSettled: boolean
  isReleased: boolean
}

/**
 * What should become of every record, worked out from what was emitted and from what the exporter saw and did. When
 * batches go is the processor's business; which records are in them, and how the account stands, is not.
 */
export class AccountingModel {
  readonly #settings: ModelSettings
  readonly #now: () => number
  readonly #queue: Entry[] = []
  readonly #calls: Call[] = []
  readonly #dropped: Record<DropReason, number> = {
    queue_full: 0,
    evicted: 0,
    block_timeout: 0,
    already_shutdown: 0,
    record_too_large: 0,
    invalid: 0,
  }
  #emitted = 0
  #exported = 0
  #failed = 0
  #refused = 0
  /** Records that are missing before the oldest of the queue, where they are marked when that is taken. */
  #missing = 0
  #suppressed = 0
  #order = 0
  /** The furthest place that all records before have left. */
  #frontier = 0
  #closedAt: number | undefined
  #emitting: { readonly id: number; readonly kind: Kind; readonly room: number } | undefined

  constructor(settings: ModelSettings, now: () => number) {
    this.#settings = settings
    this.#now = now
  }

  /** Where the stream stands. */
  get mark(): number {
    return this.#order
  }

  /** Whether an exporter may be called. */
  get hasFreeSlot(): boolean {
    this.#catchUp()
    return this.#calls.filter(({ isReleased }) => !isReleased).length < this.#settings.concurrency
  }

  /** Whether shutdown has run out of its time. */
  get hasGivenUp(): boolean {
    return (
      this.#closedAt !== undefined && this.#now() >= this.#closedAt + this.#settings.shutdownTimeoutMillis
    )
  }

  get size(): number {
    return this.#queue.length
  }

  /** A record is about to be handed over; `emittedBy` does that. */
  emit(id: number, kind: Kind, severity: number, emittedBy: () => void): void {
    const { mode, maxQueueSize, reserved } = this.#settings
    this.#catchUp()
    const room = severity >= 17 ? maxQueueSize : maxQueueSize - reserved
    if (this.#closedAt !== undefined) {
      emittedBy()
      this.#refuse('already_shutdown')
      return
    }
    if (mode === 'dropping' && this.#queue.length >= room) {
      emittedBy()
      this.#refuse('queue_full')
      return
    }
    this.#emitting = { id, kind, room }
    emittedBy()
    if (this.#emitting !== undefined) this.#admit(this.#emitting)
  }

  /** A record was logged where it would close a loop. */
  suppress(): void {
    this.#suppressed++
  }

  close(): void {
    this.#closedAt ??= this.#now()
  }

  /** The exporter is called with a batch: it must be the oldest of the queue, and allowed now. */
  exporting(records: readonly ReadableLogRecord[]): number {
    // A synchronous processor exports a record before its `onEmit` returns.
    if (this.#settings.mode === 'sync' && this.#emitting !== undefined && this.#queue.length === 0) {
      this.#admit(this.#emitting)
    }
    assert.ok(records.length > 0, 'an export of nothing')
    assert.ok(this.hasFreeSlot, 'more exports under way than concurrency allows')
    const markers = this.#markMissing()
    const size = records.length - markers.length
    assert.ok(size > 0 && size <= this.#settings.maxExportBatchSize, `a batch of ${records.length}`)
    const entries = [...markers, ...this.#queue.splice(0, size)]
    assert.deepEqual(
      records.map(contentOf),
      entries.map(({ content }) => content),
      'a batch is the oldest records of the queue, in order',
    )
    return this.#calls.push({ entries, start: this.#now(), isSettled: false, isReleased: false }) - 1
  }

  /** The exporter answers; it may be too late for that, or the second time. */
  answered(call: number, outcome: Outcome): void {
    this.#catchUp()
    const known = this.#calls[call]
    if (known === undefined || outcome === 'late') return
    this.#settle(known, outcome.failed)
    known.isReleased = true
    this.#noteFrontier()
  }

  /** How many records in the places before `mark` have not been handed to the exporter. */
  queuedBefore(mark: number): number {
    this.#catchUp()
    return this.#queue.filter(({ order }) => order < mark).length
  }

  /** How many records in the places before `mark` are still here. */
  pendingBefore(mark: number): number {
    return this.#pending().filter(({ order }) => order < mark).length
  }

  /**
   * Whether there was a moment when no record before `mark` was here. There may be one again: the marker in the place of
   * what was evicted is made when what is behind it is taken, which may be before whoever waits for the mark hears.
   */
  hasLeft(mark: number): boolean {
    this.#noteFrontier()
    return mark <= this.#frontier
  }

  #pending(): Entry[] {
    this.#catchUp()
    const inFlight = this.#calls.filter(({ isSettled }) => !isSettled).flatMap(({ entries }) => entries)
    return [...this.#queue, ...inFlight]
  }

  #noteFrontier(): void {
    const oldest = this.#pending().reduce((least, { order }) => Math.min(least, order), this.#order)
    this.#frontier = Math.max(this.#frontier, oldest)
  }

  /** Compares every count, and adds them up. */
  check(stats: QueueStats): void {
    this.#catchUp()
    const { emitted, queueSize, inFlight, exported, failed, dropped, suppressed } = stats
    const expectedInFlight = this.#calls
      .filter(({ isSettled }) => !isSettled)
      .reduce((sum, { entries }) => sum + entries.length, 0)
    assert.deepEqual(
      { emitted, queueSize, inFlight, exported, failed, dropped, suppressed },
      {
        emitted: this.#emitted,
        queueSize: this.#queue.length,
        inFlight: expectedInFlight,
        exported: this.#exported,
        failed: this.#failed,
        dropped: this.#dropped,
        suppressed: this.#suppressed,
      },
    )
    assert.equal(accountedFor(stats), emitted)
    assert.ok(queueSize <= this.#settings.maxQueueSize)
    const { maxExportBatchSize, concurrency, marksWhenTaken } = this.#settings
    assert.ok(inFlight <= (maxExportBatchSize + Number(marksWhenTaken)) * concurrency)
  }

  #admit({ id, kind, room }: { id: number; kind: Kind; room: number }): void {
    const { mode, maxQueueSize, reserved, reportLoss } = this.#settings
    this.#emitting = undefined
    // What could be exported while the caller waited is: if there is no room now, it waited in vain.
    if ((mode === 'blocking' || mode === 'sync') && this.#queue.length >= room) {
      // An exporter that answers by itself is not waited for.
      this.#refuse(mode === 'sync' && this.#settings.concurrency > 1 ? 'queue_full' : 'block_timeout')
      return
    }
    if (kind !== 'sound') {
      this.#refuse(kind === 'large' ? 'record_too_large' : 'invalid')
      return
    }
    if (this.#queue.length === maxQueueSize) {
      this.#evict()
      this.#noteFrontier()
    }
    if (reportLoss && this.#refused > 0 && this.#queue.length + 2 <= maxQueueSize - reserved) {
      this.#push({ missing: this.#refused })
      this.#refused = 0
    }
    this.#push({ id })
  }

  #push(content: Entry['content']): void {
    this.#emitted++
    this.#queue.push({ order: this.#order++, content })
  }

  #refuse(reason: DropReason): void {
    this.#emitting = undefined
    this.#emitted++
    this.#refused++
    this.#dropped[reason]++
  }

  #evict(): void {
    const oldest = this.#queue.shift()
    assert.ok(oldest !== undefined)
    if (this.#settings.marksWhenTaken) {
      this.#dropped.evicted++
      this.#missing += 'missing' in oldest.content ? oldest.content.missing : 1
      return
    }
    const second = this.#settings.reportLoss ? this.#queue.shift() : undefined
    const wasMarker = 'missing' in oldest.content
    if (!wasMarker) this.#dropped.evicted++
    if (second === undefined) return
    const missing = [oldest, second].map(({ content }) => ('missing' in content ? content.missing : 1))
    this.#queue.unshift({ order: second.order, content: { missing: missing.reduce((a, b) => a + b) } })
    this.#dropped.evicted++
    if (!wasMarker) this.#emitted++
  }

  /** What is missing before the oldest record of the queue is marked in the place of the last one that was evicted. */
  #markMissing(): Entry[] {
    const [oldest] = this.#queue
    const missing = this.#missing
    if (!this.#settings.reportLoss || missing === 0 || oldest === undefined) return []
    this.#missing = 0
    this.#emitted++
    return [{ order: oldest.order - 1, content: { missing } }]
  }

  #settle(call: Call, failed: number): void {
    if (call.isSettled) return
    call.isSettled = true
    this.#failed += failed
    this.#exported += call.entries.length - failed
  }

  /** What time has done meanwhile: exports ran out of theirs, or shutdown of its own. */
  #catchUp(): void {
    const { mode, exportTimeoutMillis } = this.#settings
    const now = this.#now()
    // One that is waited for has no time-out: the same batch is handed over again.
    const isTimed = mode !== 'blocking' && !(mode === 'sync' && this.#settings.concurrency === 1)
    for (const call of this.#calls) {
      if (!isTimed || call.isReleased) continue
      if (now >= call.start + exportTimeoutMillis) this.#settle(call, call.entries.length)
      if (now >= call.start + 2 * exportTimeoutMillis) call.isReleased = true
    }
    if (!this.hasGivenUp) return
    for (const call of this.#calls) this.#settle(call, call.entries.length)
    this.#failed += this.#queue.length
    this.#queue.length = 0
  }
}

function contentOf({ body, eventName, attributes }: ReadableLogRecord): Entry['content'] {
  const missing = attributes['sluice.loss.count']
  if (eventName === 'sluice.loss' && typeof missing === 'number') return { missing }
  assert.ok(typeof body === 'number')
  return { id: body }
}
