import assert from 'node:assert/strict'
import {
  LoggerProvider,
  type LogRecordProcessor,
  type ReadableLogRecord,
  type ReadWriteLogRecord,
} from '@opentelemetry/sdk-logs'
import { emit, emittedRecord, UNREADABLE } from './emitted-records.js'

/** What a record was when it arrived, as far as the contract goes. */
export interface Arrived {
  readonly body: unknown
  readonly attributes: unknown
}

/** A processor and what can be seen of it. */
export interface ContractSubject {
  readonly processor: LogRecordProcessor
  /** What has arrived at its destination so far, oldest first. */
  arrived(): readonly Arrived[] | Promise<readonly Arrived[]>
  /** What a promise of the processor's comes to; turns the clock meanwhile, where there is one to turn. */
  settled<T>(promise: Promise<T>): Promise<T>
}

/** Values that are hard on whoever reads them, each made anew. */
const HOSTILE_VALUES: Readonly<Record<string, () => ReadableLogRecord['body']>> = {
  'a cycle': () => {
    const cycle: { [key: string]: ReadableLogRecord['body'] } = {}
    cycle.self = cycle
    return cycle
  },
  'a throwing getter': () =>
    Object.defineProperty({}, 'value', {
      enumerable: true,
      get: () => {
        throw new Error('no value')
      },
    }),
  'a proxy with throwing traps': () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no keys')
        },
        getPrototypeOf: () => {
          throw new Error('no prototype')
        },
      },
    ),
  'nesting without end': nest,
}

function nest(): { [key: string]: ReadableLogRecord['body'] } {
  return Object.defineProperty({}, 'inner', { enumerable: true, get: nest })
}

/**
 * The contract of a log record processor (SDK specification, "LogRecordProcessor"), for anything that is one: whatever
 * it is handed, whatever its destination does.
 */
export function processorContract(name: string, make: () => ContractSubject): void {
  describe(`${name} keeps the contract of a log record processor:`, () => {
    const bodies = async ({ arrived }: ContractSubject) => (await arrived()).map(({ body }) => body)

    for (const [what, record] of Object.entries(UNREADABLE)) {
      it(`a record ${what} costs no more than itself`, async () => {
        const subject = make()
        emit(subject.processor, 'before')
        assert.equal(subject.processor.onEmit(record()), undefined)
        emit(subject.processor, 'after')
        await subject.settled(subject.processor.forceFlush())
        const arrived = await bodies(subject)
        assert.ok(arrived.includes('before') && arrived.includes('after'), String(arrived))
        await subject.settled(subject.processor.shutdown())
      })
    }

    for (const [what, value] of Object.entries(HOSTILE_VALUES)) {
      it(`${what} in body or attributes costs no other record`, async () => {
        const subject = make()
        emit(subject.processor, 'before', value())
        subject.processor.onEmit(emittedRecord({ body: 'with it', attributes: { value: value() } }))
        emit(subject.processor, 'after')
        await subject.settled(subject.processor.forceFlush())
        const arrived = await bodies(subject)
        for (const body of ['before', 'with it', 'after']) assert.ok(arrived.includes(body), body)
        await subject.settled(subject.processor.shutdown())
      })
    }

    it('what is changed after it was emitted does not show', async () => {
      const subject = make()
      const body = { list: ['sound', { deep: 'sound' }], bytes: new Uint8Array([1, 2, 3]) }
      const attributes = { text: 'sound', nested: { list: [1, 2] }, bytes: new Uint8Array([4]) }
      const record: ReadWriteLogRecord = emittedRecord({ body, attributes })
      const [, deep] = body.list
      const expected = structuredClone({ body, attributes })
      subject.processor.onEmit(record)
      assert.ok(typeof deep === 'object')
      deep.deep = 'changed'
      body.list.push('changed')
      body.bytes.fill(9)
      attributes.nested.list[0] = 9
      attributes.bytes.fill(9)
      record.setAttribute('text', 'changed').setAttribute('late', true).setBody('changed')
      await subject.settled(subject.processor.forceFlush())
      assert.deepEqual(await subject.arrived(), [expected])
      await subject.settled(subject.processor.shutdown())
    })

    it('a later processor of the same provider sees the record as it was emitted', async () => {
      const subject = make()
      const seen: unknown[] = []
      const provider = new LoggerProvider({ processors: [subject.processor, recorder(seen)] })
      const logger = provider.getLogger('test')
      logger.emit({ body: { text: 'sound' }, attributes: { n: 1 } })
      assert.deepEqual(seen, [{ body: { text: 'sound' }, attributes: { n: 1 } }])
      await subject.settled(provider.shutdown())
    })

    it('changes an earlier processor of the same provider made are there', async () => {
      const subject = make()
      const changing: LogRecordProcessor = {
        ...recorder([]),
        onEmit: (record) => void record.setAttribute('added', 'earlier'),
      }
      const provider = new LoggerProvider({ processors: [changing, subject.processor] })
      provider.getLogger('test').emit({ body: 'message' })
      await subject.settled(provider.forceFlush())
      assert.deepEqual(await subject.arrived(), [{ body: 'message', attributes: { added: 'earlier' } }])
      await subject.settled(provider.shutdown())
    })

    it('forceFlush() resolves when there is nothing to flush', async () => {
      const subject = make()
      assert.equal(await subject.settled(subject.processor.forceFlush()), undefined)
      await subject.settled(subject.processor.shutdown())
    })

    it('each of several forceFlush() resolves, and what was emitted before has arrived by then', async () => {
      const subject = make()
      const arrivals: Promise<unknown[]>[] = []
      for (const body of ['a', 'b', 'c']) {
        emit(subject.processor, body)
        arrivals.push(subject.processor.forceFlush().then(() => bodies(subject)))
      }
      const seen = await subject.settled(Promise.all(arrivals))
      assert.deepEqual(
        seen.map((arrived, index) => arrived.slice(0, index + 1)),
        [['a'], ['a', 'b'], ['a', 'b', 'c']],
      )
      await subject.settled(subject.processor.shutdown())
    })

    it('shutdown() delivers what was emitted before, in order, and nothing that comes later', async () => {
      const subject = make()
      emit(subject.processor, 'first', 'second')
      const done = subject.processor.shutdown()
      emit(subject.processor, 'during')
      assert.equal(await subject.settled(done), undefined)
      emit(subject.processor, 'after')
      assert.deepEqual(await bodies(subject), ['first', 'second'])
    })

    it('shutdown() and forceFlush() may be called again after a shutdown(), and resolve', async () => {
      const subject = make()
      emit(subject.processor, 'only')
      await subject.settled(Promise.all([subject.processor.shutdown(), subject.processor.shutdown()]))
      await subject.settled(subject.processor.shutdown())
      await subject.settled(subject.processor.forceFlush())
      assert.deepEqual(await bodies(subject), ['only'])
    })
  })
}

/** A processor whose clock can tell has let go of all its timers when it has shut down. */
export function leavesNoTimer(name: string, make: () => ContractSubject & { pendingTimers(): number }): void {
  it(`${name} leaves no timer after shutdown()`, async () => {
    const subject = make()
    emit(subject.processor, 'first', 'second')
    await subject.settled(subject.processor.shutdown())
    emit(subject.processor, 'late')
    await subject.settled(subject.processor.forceFlush())
    assert.equal(subject.pendingTimers(), 0)
  })
}

function recorder(seen: unknown[]): LogRecordProcessor {
  return {
    onEmit: ({ body, attributes }) => void seen.push({ body, attributes: { ...attributes } }),
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  }
}
