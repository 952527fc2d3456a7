import assert from 'node:assert/strict'
import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { PartialExportError, type SynchronousLogRecordExporter } from 'otel-sluice'
import { ManualClock } from '../../support/manual-clock.js'
import { AccountingModel, type Kind, type ModelSettings, type Outcome } from './accounting-model.js'
import { type Operation, type Policy, SCHEDULED_DELAY_MILLIS } from './accounting-operations.js'
import { emittedRecord } from './emitted-records.js'
import { type AccountedProcessor, accountedFor } from './subject.js'
import { whilePassing } from './turning.js'

/** More values than a record may hold. */
const TOO_MANY = new Array<string>(70_000).fill('')

/** Makes the processor that a run is about. */
export type MakeForRun = (
  exporter: SynchronousLogRecordExporter | LogRecordExporter,
  settings: ModelSettings,
  clock: ManualClock,
) => AccountedProcessor

/** Where the exporter is: called from this thread, or waited for by it, or on another one, where it cannot log to us. */
export type Place = 'called' | 'waited for' | 'elsewhere'

interface PendingCall {
  readonly call: number
  readonly size: number
  answer(result: ExportResult): void
}

/** A processor and its model, taken through the same steps, and compared after each. */
export class AccountingRun {
  readonly #clock = new ManualClock()
  readonly #model: AccountingModel
  readonly #processor: AccountedProcessor
  readonly #pending: PendingCall[] = []
  readonly #flushes: Promise<void>[] = []
  /** How many records make a batch. */
  readonly #size: number
  readonly #place: Place
  #policy: Policy = 'success'
  /** The batch that an exporter which is waited for has begun with. */
  #unfinished: { readonly records: readonly ReadableLogRecord[]; readonly call: number } | undefined
  #nextId = 0
  #isShutDown = false
  /** What failed where a processor would have caught it. */
  #error: unknown

  constructor(make: MakeForRun, settings: ModelSettings, place: Place) {
    this.#place = place
    this.#model = new AccountingModel(settings, () => this.#clock.now())
    const exporter: LogRecordExporter = {
      export: (records, answer) => this.#remembering(() => this.#export(records, answer)),
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
    }
    const exportSync: SynchronousLogRecordExporter['exportSync'] = (records, { timeoutMillis }) =>
      this.#remembering(() => this.#exportSync(records, timeoutMillis))
    this.#processor = make(
      place === 'waited for' ? { ...exporter, exportSync } : exporter,
      settings,
      this.#clock,
    )
    this.#size = settings.maxExportBatchSize
  }

  async step(operation: Operation): Promise<void> {
    switch (operation.do) {
      case 'emit':
        for (let n = 0; n < operation.times; n++) this.#emit(operation.kind, operation.severity)
        break
      case 'turn':
        await this.#clock.turn()
        break
      case 'settle':
        await this.#settle()
        break
      case 'advance':
        await this.#advance(operation.millis)
        break
      case 'policy':
        this.#policy = operation.policy
        break
      case 'answer':
        this.#answerLater(operation.which, operation.policy)
        break
      case 'flush':
        this.#flush(operation.timeoutMillis)
        break
      case 'shutdown':
        this.#shutDown()
        break
    }
    this.#check()
  }

  /** Brings the run to its end: everything is accounted for, and nothing is left behind. */
  async end(): Promise<void> {
    this.#policy = 'success'
    this.#shutDown()
    const done = this.#processor.shutdown().catch(() => undefined)
    await whilePassing(this.#clock, done, 60_000)
    await whilePassing(this.#clock, Promise.allSettled(this.#flushes), 60_000)
    this.#check()
    const { queueSize, inFlight } = this.#processor.stats()
    assert.equal(queueSize + inFlight, 0)
    assert.equal(this.#clock.pendingTimers, 0)
  }

  #check(): void {
    if (this.#error !== undefined) throw this.#error
    this.#model.check(this.#processor.stats())
  }

  #checkSum(): void {
    const stats = this.#processor.stats()
    assert.equal(accountedFor(stats), stats.emitted)
  }

  #emit(kind: Kind | 'talking', severity: 5 | 17): void {
    const id = this.#nextId++
    const record = emittedRecord({ body: id, severityNumber: severity })
    if (kind === 'large') record.setAttribute('values', TOO_MANY)
    if (kind === 'hostile' || kind === 'talking') {
      Object.defineProperty(record, 'body', {
        get: () => {
          this.#remembering(() => this.#checkSum())
          if (kind === 'hostile') throw new Error('cannot be read')
          this.#model.suppress()
          this.#processor.onEmit(emittedRecord({ body: 'from a getter' }))
          return id
        },
      })
    }
    this.#model.emit(id, kind === 'talking' ? 'sound' : kind, severity, () => this.#processor.onEmit(record))
  }

  async #settle(): Promise<void> {
    await this.#clock.settle()
    if (this.#canExport) assert.ok(this.#model.size < this.#size, 'a full batch waits though it could go')
  }

  async #advance(millis: number): Promise<void> {
    await this.#settle()
    const couldExport = this.#canExport
    const { mark } = this.#model
    await this.#clock.advance(millis)
    await this.#settle()
    if (millis < SCHEDULED_DELAY_MILLIS || !couldExport || !this.#canExport) return
    assert.equal(this.#model.queuedBefore(mark), 0, 'a record waits for longer than the scheduled delay')
  }

  get #canExport(): boolean {
    return this.#model.hasFreeSlot && this.#unfinished === undefined
  }

  #flush(timeoutMillis: number): void {
    const { mark } = this.#model
    const isAfterShutdown = this.#isShutDown
    const end = this.#clock.now() + timeoutMillis
    const flush = this.#processor.forceFlush({ timeoutMillis }).then(
      () => this.#remembering(() => assert.ok(this.#model.hasLeft(mark), 'flushed too early')),
      (error: unknown) =>
        this.#remembering(() => {
          if (isAfterShutdown) return
          assert.ok(this.#clock.now() >= end, 'gave up too early')
          // Shutdown may have given up at the same moment.
          if (this.#model.hasGivenUp) return
          assert.match(
            String(error),
            new RegExp(` with ${this.#model.pendingBefore(mark)} log records pending`),
          )
        }),
    )
    this.#flushes.push(flush)
  }

  #shutDown(): void {
    // Its deadline is then never the very moment of another: which of the two came first would be anyone's guess.
    if (!this.#isShutDown) this.#clock.pass(0.5)
    this.#isShutDown = true
    this.#model.close()
    this.#processor.shutdown().catch(() => undefined)
  }

  #export(records: ReadableLogRecord[], answer: (result: ExportResult) => void): void {
    this.#checkSum()
    const size = records.length
    const call = this.#model.exporting(records)
    this.#talk()
    this.#pending.push({ call, size, answer })
    if (this.#policy === 'throw') this.#model.answered(call, { failed: size })
    if (this.#policy === 'throw') throw new Error('cannot export')
    if (this.#policy !== 'pending') this.#answer(call, size, answer, this.#policy)
    this.#checkSum()
  }

  #exportSync(records: ReadableLogRecord[], timeoutMillis: number): boolean {
    this.#checkSum()
    const size = records.length
    const call = this.#unfinished?.call ?? this.#model.exporting(records)
    assert.ok(
      this.#unfinished === undefined || this.#unfinished.records === records,
      'another batch came between',
    )
    this.#talk()
    if (this.#policy === 'pending') {
      this.#unfinished = { records, call }
      this.#clock.pass(timeoutMillis)
      return false
    }
    this.#unfinished = undefined
    const { outcome, error } = resultOf(this.#policy, size)
    this.#model.answered(call, outcome)
    if (error !== undefined) throw error
    return true
  }

  /** The exporter logs, through the processor it exports for. */
  #talk(): void {
    if (this.#place === 'elsewhere') return
    this.#model.suppress()
    this.#processor.onEmit(emittedRecord({ body: 'from the exporter' }))
  }

  #answerLater(which: number, policy: 'success' | 'failure' | 'partial'): void {
    const pending = this.#pending[which % Math.max(1, this.#pending.length)]
    if (pending !== undefined) this.#answer(pending.call, pending.size, pending.answer, policy)
  }

  #answer(
    call: number,
    size: number,
    answer: (result: ExportResult) => void,
    policy: Exclude<Policy, 'pending'>,
  ): void {
    const { outcome, error } = resultOf(policy, size)
    answer(
      error === undefined ? { code: ExportResultCode.SUCCESS } : { code: ExportResultCode.FAILED, error },
    )
    this.#model.answered(call, outcome)
  }

  /** What fails in here would be caught by the processor: it is remembered, and fails the step. */
  #remembering<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (error instanceof assert.AssertionError) this.#error ??= error
      throw error
    }
  }
}

function resultOf(policy: Exclude<Policy, 'pending'>, size: number): { outcome: Outcome; error?: Error } {
  if (policy === 'success') return { outcome: { failed: 0 } }
  if (policy !== 'partial') return { outcome: { failed: size }, error: new Error('refused') }
  const failed = Math.ceil(size / 2)
  return { outcome: { failed }, error: new PartialExportError('some were refused', failed) }
}
