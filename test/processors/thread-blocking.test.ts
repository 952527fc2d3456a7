import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { runProgram } from '../support/child-program.js'
import { accept, delay, hang, OtlpReceiver } from '../support/otlp-receiver.js'
import type { BlockedProgram, BlockedResult } from './fixtures/blocked-program.js'
import { accountedFor } from './suites/accounted-for.js'

/** Longer than a program of these tests may take as a whole: what waits for it fails the test. */
const TOO_LONG_MILLIS = 60_000
const BLOCK_MILLIS = 2_000

describe('a blocking queue to the export thread', () => {
  let receiver: OtlpReceiver

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
  })

  afterEach(async () => {
    await receiver.close()
  })

  async function run(program: Omit<BlockedProgram, 'url'>): Promise<BlockedResult> {
    const argument: BlockedProgram = { url: receiver.url, ...program }
    const end = await runProgram('processors/fixtures/blocked-program.js', JSON.stringify(argument))
    const result: BlockedResult = JSON.parse(end.stdout)
    strictEqual(accountedFor(result.stats), result.stats.emitted)
    return result
  }
  const numbers = () => receiver.records.map(({ attributes }) => attributes.i)
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

  it('makes its caller wait once when the receiver dies in the middle, and refuses the others at once', async () => {
    receiver.behaviour = (index) => (index < 3 ? accept : hang)
    const { stats, waits } = await run({
      records: 20_000,
      options: {
        maxQueueSize: 1_000,
        maxExportBatchSize: 100,
        blockTimeoutMillis: BLOCK_MILLIS,
        exitTimeoutMillis: 100,
      },
    })
    // There may be shorter ones before: until the thread has started, for example.
    const inVain = waits.filter((millis) => millis >= BLOCK_MILLIS)
    strictEqual(inVain.length, 1)
    ok(stats.blockedMillis < 2 * BLOCK_MILLIS)
    strictEqual(stats.exported, 300)
    strictEqual(stats.inFlight, 100)
    strictEqual(stats.queueSize, 1_000)
    strictEqual(stats.dropped.block_timeout, 20_000 - 1_400)
    deepStrictEqual(numbers(), upTo(300))
  })

  it('delivers every record of a loop of 20,000, in order, to a receiver that takes 100 ms for each batch', async () => {
    receiver.behaviour = () => delay(100)
    const { stats } = await run({ records: 20_000, options: { maxQueueSize: 1_000 } })
    deepStrictEqual(stats.dropped, {
      queue_full: 0,
      evicted: 0,
      block_timeout: 0,
      already_shutdown: 0,
      record_too_large: 0,
      invalid: 0,
    })
    ok(stats.blockedMillis > 1_000)
    deepStrictEqual(numbers(), upTo(20_000))
  }).timeout(30_000)

  it('waits for no scheduled delay when it is full before there are enough records for a batch', async () => {
    const { stats } = await run({
      records: 50,
      bodyLength: 5_000,
      options: { maxQueueBytes: 65_536, scheduledDelayMillis: TOO_LONG_MILLIS, blockTimeoutMillis: 10_000 },
    })
    strictEqual(stats.dropped.block_timeout, 0)
    deepStrictEqual(numbers(), upTo(50))
  })

  it('waits for none either when the rest of it is kept for severe records', async () => {
    const { stats } = await run({
      records: 50,
      options: {
        maxQueueSize: 100,
        reserve: { minSeverity: 17, fraction: 0.9 },
        scheduledDelayMillis: TOO_LONG_MILLIS,
        blockTimeoutMillis: 10_000,
      },
    })
    strictEqual(stats.dropped.block_timeout, 0)
    deepStrictEqual(numbers(), upTo(50))
  })

  it('takes a resource that is still being detected as it is when a caller has to wait', async () => {
    const options = { maxQueueSize: 10, blockTimeoutMillis: 4_000 }
    const { stats } = await run({ records: 30, resourcePending: true, options })
    strictEqual(stats.dropped.block_timeout, 0)
    deepStrictEqual(numbers(), upTo(30))
    deepStrictEqual(receiver.records[0]?.resource.attributes, { 'service.name': 'blocked' })
  })
})
