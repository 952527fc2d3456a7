import assert from 'node:assert/strict'
import { ErrorHandlers } from '#src/facade/error-handler.js'
import { Handler } from '#src/facade/handler.js'
import { HandlerRegistry } from '#src/facade/handler-registry.js'
import { TargetLeases } from '#src/facade/target-leases.js'
import { ManualClock } from '../support/manual-clock.js'

const never = () => new Promise<void>(() => {})

describe('the registry of handlers', () => {
  let clock: ManualClock
  let registry: HandlerRegistry

  beforeEach(() => {
    clock = new ManualClock()
    registry = new HandlerRegistry(clock)
  })

  /** Adds a processor of the application's that does what it is told. */
  function add(id: string, forceFlush: () => Promise<void>, shutdown: () => Promise<void>): void {
    const surroundings = {
      clock,
      random: Math.random,
      leases: new TargetLeases(),
      errorHandlers: new ErrorHandlers(),
      meterProvider: undefined,
      exitSignals: false,
    }
    registry.add(new Handler(id, { onEmit() {}, forceFlush, shutdown }, {}, surroundings))
  }

  it('does not wait for ever for a handler that never stops', async () => {
    add('stuck', never, never)
    const cleared = registry.clear()
    await clock.advance(31_000)
    const { stuck } = await cleared
    assert.ok(stuck && !stuck.ok)
    assert.match(String(stuck.error), /handler "stuck" was not stopped within 30000 ms/)
    assert.equal(clock.pendingTimers, 0)
  })

  it('does not wait for ever for a handler that is never flushed', async () => {
    add('stuck', never, async () => {})
    add(
      'fine',
      async () => {},
      async () => {},
    )
    const flushed = registry.flush(500)
    await clock.advance(1_500)
    const { stuck, fine } = await flushed
    assert.deepEqual(fine, { ok: true })
    assert.ok(stuck && !stuck.ok)
    assert.match(String(stuck.error), /handler "stuck" was not flushed within 500 ms/)
    assert.equal(clock.pendingTimers, 0)
  })

  it('gives a handler that was replaced no more records, and waits for it when it flushes', async () => {
    let finish = () => {}
    const stopped = new Promise<void>((resolve) => {
      finish = resolve
    })
    add(
      'id',
      async () => {},
      () => stopped,
    )
    const [replaced] = registry.active
    add(
      'id',
      async () => {},
      async () => {},
    )
    assert.equal(registry.active.length, 1)
    assert.notEqual(registry.active[0], replaced)
    let isFlushed = false
    const flushed = registry.flush().then(() => {
      isFlushed = true
    })
    await clock.settle()
    assert.equal(isFlushed, false)
    finish()
    await flushed
  })

  it('lets whoever goes through the handlers finish when one is taken out meanwhile', async () => {
    add(
      'first',
      async () => {},
      async () => {},
    )
    add(
      'second',
      async () => {},
      async () => {},
    )
    const seen: string[] = []
    for (const handler of registry.active) {
      seen.push(handler.id)
      void registry.remove('second')
    }
    assert.deepEqual(seen, ['first', 'second'])
    assert.equal(registry.active.length, 1)
  })

  it('takes any id, also one that objects have already', async () => {
    add(
      '__proto__',
      async () => {},
      async () => {},
    )
    assert.deepEqual(Object.keys(registry.stats()), ['__proto__'])
    assert.deepEqual(Object.keys(await registry.clear()), ['__proto__'])
  })
})
