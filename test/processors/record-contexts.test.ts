import assert, { deepStrictEqual, notStrictEqual, strictEqual, throws } from 'node:assert/strict'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { decodedContext } from '#src/exporters/otlp/context-decoder.js'
import type { EncodedContext } from '#src/exporters/otlp/encoded-batch.js'
import { ExportThread } from '#src/exporters/thread/export-thread.js'
import { ExportThreads } from '#src/exporters/thread/export-threads.js'
import { RecordContexts } from '#src/processors/record-contexts.js'
import { ManualClock } from '../support/manual-clock.js'

const WAIT_MILLIS = 5_000

/** Remembers what is made known to the export thread. */
class ListeningThread extends ExportThread {
  readonly known: { readonly id: number; readonly context: EncodedContext }[] = []

  isOutOfStack = false

  override addContext(id: number, context: EncodedContext): void {
    if (this.isOutOfStack) throw new RangeError('Maximum call stack size exceeded')
    this.known.push({ id, context })
  }
}

describe('the numbers of resources and scopes', () => {
  let clock: ManualClock
  let thread: ListeningThread
  let contexts: RecordContexts

  beforeEach(() => {
    clock = new ManualClock()
    thread = new ListeningThread()
    contexts = new RecordContexts(new ExportThreads(thread))
  })

  function pendingResource() {
    let detect: (id: string) => void = () => undefined
    const detected = new Promise<string>((resolve) => {
      detect = resolve
    })
    return { resource: resourceFromAttributes({ 'host.id': detected }), detect }
  }
  const ids = () => thread.known.map(({ id }) => id)

  it('are the same for what is the same, however often it is made anew', () => {
    const number = (host: string, scope: string) =>
      contexts.idOf(resourceFromAttributes({ 'host.id': host }), { name: scope }, clock)
    const first = number('h1', 'a')
    for (let i = 0; i < 100; i++) strictEqual(number('h1', 'a'), first)
    notStrictEqual(number('h1', 'b'), first)
    notStrictEqual(number('h2', 'a'), first)
    strictEqual(thread.known.length, 3)
  })

  it('do not add up while a resource is pending, nor once it has settled', async () => {
    const { resource, detect } = pendingResource()
    const number = (name: string) => contexts.idOf(resource, { name }, clock)
    const [a, b] = [number('a'), number('b')]
    notStrictEqual(a, b)
    for (let i = 0; i < 100; i++) deepStrictEqual([number('a'), number('b')], [a, b])
    deepStrictEqual(ids(), [], 'their records wait')
    detect('h1')
    await clock.settle()
    deepStrictEqual(ids(), [a, b])
    for (let i = 0; i < 100; i++) deepStrictEqual([number('a'), number('b')], [a, b])
    const settled = resourceFromAttributes({ 'host.id': 'h1' })
    strictEqual(contexts.idOf(settled, { name: 'a' }, clock), a, 'nor for another resource that is the same')
    deepStrictEqual(ids(), [a, b])
    strictEqual(clock.pendingTimers, 0)
  })

  it('do not add up for a resource that never settles', async () => {
    const { resource } = pendingResource()
    const number = () => contexts.idOf(resource, { name: 'a' }, clock)
    const first = number()
    await clock.advance(WAIT_MILLIS)
    for (let i = 0; i < 100; i++) strictEqual(number(), first)
    deepStrictEqual(ids(), [first], 'made known as far as it has settled')
    strictEqual(clock.pendingTimers, 0)
  })

  it('are made known for a resource that throws when it is asked for the rest, also at once', async () => {
    let asked = 0
    const resource = {
      attributes: { 'host.id': 'h1' },
      get asyncAttributesPending() {
        if (asked++ > 0) throw new Error('refused')
        return true
      },
      waitForAsyncAttributes: () => new Promise<void>(() => {}),
      merge: () => resource,
      getRawAttributes: () => [],
    }
    const id = contexts.idOf(resource, { name: 'a' }, clock)
    contexts.settleNow()
    await clock.advance(WAIT_MILLIS)
    deepStrictEqual(ids(), [id])
  })

  it('are made known as they were first seen where the resource can be read no more', async () => {
    let isReadable = true
    const { resource } = pendingResource()
    Object.defineProperty(resource, 'attributes', {
      get: () => {
        if (!isReadable) throw new RangeError('refused')
        return { 'host.id': 'h1' }
      },
    })
    const id = contexts.idOf(resource, { name: 'a' }, clock)
    isReadable = false
    contexts.settleNow()
    await clock.advance(WAIT_MILLIS)
    const [{ context, ...first } = assert.fail('none is known')] = thread.known
    strictEqual(first.id, id)
    deepStrictEqual(decodedContext(context).resource.attributes, { 'host.id': 'h1' })
  })

  it('are given anew where they could not be made known, and what had no stack left is not kept', () => {
    const resource = resourceFromAttributes({ 'host.id': 'h1' })
    thread.isOutOfStack = true
    throws(() => contexts.idOf(resource, { name: 'a' }, clock), RangeError)
    thread.isOutOfStack = false
    const id = contexts.idOf(resource, { name: 'a' }, clock)
    deepStrictEqual(ids(), [id])
  })

  it('are made known again when a resource that was waited for in vain has settled after all', async () => {
    const { resource, detect } = pendingResource()
    const first = contexts.idOf(resource, { name: 'a' }, clock)
    await clock.advance(WAIT_MILLIS)
    detect('h1')
    await clock.settle()
    deepStrictEqual(ids(), [first, first])
    const [before, after] = thread.known.map(({ context }) => Buffer.from(context.resource).includes('h1'))
    deepStrictEqual([before, after], [false, true])
  })
})
