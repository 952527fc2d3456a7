import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import type { QueueStats } from 'otel-sluice'
import { describeAccount, disagreements } from '../../examples/websocket-service/accounting.js'
import type { ArrivalsSummary } from '../../examples/websocket-service/arrivals.js'

const MESSAGES = 100
const NO_DROPS = {
  queue_full: 0,
  evicted: 0,
  block_timeout: 0,
  already_shutdown: 0,
  record_too_large: 0,
  invalid: 0,
}

/** The account of 100 messages, 10 of them dropped, with what a test changes about it. */
function disagreementsWith(stats: Partial<QueueStats>, arrivals: Partial<ArrivalsSummary> = {}): string[] {
  return disagreements(account(stats, arrivals), MESSAGES)
}

function account(stats: Partial<QueueStats>, arrivals: Partial<ArrivalsSummary>) {
  const dropping: QueueStats = {
    mode: 'dropping',
    emitted: MESSAGES,
    queueSize: 0,
    queueBytes: 0,
    capacity: 8,
    inFlight: 0,
    exported: 90,
    failed: 0,
    dropped: { ...NO_DROPS, queue_full: 10 },
    suppressed: 0,
    blockedMillis: 0,
    workerRestarts: 0,
  }
  const inOrder = { records: 90, duplicates: 0, outOfOrder: 0, unnumbered: 0, lowest: 1, highest: MESSAGES }
  return {
    handler: 'handler',
    stats: { ...dropping, ...stats },
    destination: { kind: 'arrivals', name: 'receiver', arrivals: { ...inOrder, ...arrivals } },
  } as const
}

describe("the example's accounting", () => {
  it('finds a record that was not emitted', () => {
    deepStrictEqual(disagreementsWith({ emitted: 99, exported: 89 }, { records: 89 }), [
      'emitted: 99, expected 100',
    ])
  })

  it('finds a record that is in no term of the account', () => {
    deepStrictEqual(disagreementsWith({ exported: 89 }, { records: 89 }), [
      'the sum of the account: 99, expected 100',
    ])
  })

  it('finds a record that is still on its way', () => {
    deepStrictEqual(disagreementsWith({ exported: 89, inFlight: 1 }, { records: 89 }), [
      'still in the queue or in flight: 1, expected 0',
    ])
  })

  it('finds a record that is said to be exported and did not arrive', () => {
    deepStrictEqual(disagreementsWith({}, { records: 89 }), ['arrived: 89, expected 90'])
    const acknowledged = { kind: 'acknowledged', records: 89 } as const
    deepStrictEqual(disagreements({ ...account({}, {}), destination: acknowledged }, MESSAGES), [
      'acknowledged: 89, expected 90',
    ])
  })

  it('finds duplicates, disorder and records without a number', () => {
    deepStrictEqual(disagreementsWith({}, { duplicates: 1 }), ['arrived twice: 1, expected 0'])
    deepStrictEqual(disagreementsWith({}, { outOfOrder: 2 }), ['arrived out of order: 2, expected 0'])
    deepStrictEqual(disagreementsWith({}, { unnumbered: 3 }), ['arrived without a number: 3, expected 0'])
  })

  it('finds that dropping lost the first, sliding the last, or blocking any', () => {
    deepStrictEqual(disagreementsWith({}, { lowest: 2 }), ['the first that arrived: 2, expected 1'])
    const evicted = { mode: 'sliding', dropped: { ...NO_DROPS, evicted: 10 } } as const
    deepStrictEqual(disagreementsWith(evicted, { highest: 99 }), ['the last that arrived: 99, expected 100'])
    deepStrictEqual(disagreementsWith({ mode: 'blocking' }), ['arrived, of all messages: 90, expected 100'])
  })

  it('does not ask for records whose export failed', () => {
    deepStrictEqual(disagreementsWith({ failed: 5, exported: 85 }, { records: 85, lowest: 6 }), [])
  })

  it('agrees, and says in words what with', () => {
    deepStrictEqual(disagreementsWith({}), [])
    strictEqual(
      describeAccount(account({}, {})),
      [
        'handler (dropping)',
        '  emitted 100 = queued 0 + in flight 0 + exported 90 + failed 0 + dropped 10 (10 queue_full)',
        '  the receiver holds 90, from message 1 to message 100, 0 of them twice, 0 out of order',
      ].join('\n'),
    )
  })
})
