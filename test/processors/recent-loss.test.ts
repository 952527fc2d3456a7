import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { RecentCount, RecentLosses } from '#src/processors/recent-loss.js'
import { ManualClock } from '../support/manual-clock.js'

describe('a count of the last 60 seconds', () => {
  let clock: ManualClock
  let count: RecentCount

  beforeEach(() => {
    clock = new ManualClock()
    count = new RecentCount(clock)
  })

  it('has what was added, until it is 60 seconds old', () => {
    count.add(3)
    clock.pass(30_000)
    count.add(4)
    strictEqual(count.sum, 7)
    clock.pass(29_999)
    strictEqual(count.sum, 7)
    clock.pass(1)
    strictEqual(count.sum, 4)
    clock.pass(30_000)
    strictEqual(count.sum, 0)
  })

  it('has forgotten it an hour later, also if nobody asked meanwhile', () => {
    count.add(3)
    clock.pass(3_600_000)
    strictEqual(count.sum, 0)
    count.add(1)
    strictEqual(count.sum, 1)
  })

  it('needs no timer', () => {
    count.add(1)
    strictEqual(clock.pendingTimers, 0)
  })
})

describe('recent losses', () => {
  it('are those that were not seen before', () => {
    const clock = new ManualClock()
    const losses = new RecentLosses(clock)
    losses.see({ failed: 1, dropped: 10 })
    clock.pass(59_000)
    losses.see({ failed: 1, dropped: 12 })
    deepStrictEqual(losses.counts, { failed: 1, dropped: 12 })
    clock.pass(1_000)
    deepStrictEqual(losses.counts, { failed: 0, dropped: 2 })
  })
})
