import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { otlp } from 'otel-sluice'
import { encodeContext } from '#src/exporters/otlp/context-encoder.js'
import { LogRecordEncoder } from '#src/exporters/otlp/log-record-encoder.js'
import { openOtlpDestination } from '#src/exporters/otlp/open-otlp-destination.js'
import { ProtobufWriter } from '#src/exporters/otlp/protobuf-writer.js'
import { createSlots, InFlightSlots } from '#src/exporters/thread/in-flight-slots.js'
import { RingDrain } from '#src/exporters/thread/ring-drain.js'
import type { RingSetup } from '#src/exporters/thread/ring-setup.js'
import { createAccounts, SharedAccounts } from '#src/exporters/thread/shared-accounts.js'
import { createDurations } from '#src/exporters/thread/shared-durations.js'
import { createRing, RingProducer } from '#src/exporters/thread/shared-ring.js'
import { logRecord } from '../../support/log-records.js'
import { ManualClock } from '../../support/manual-clock.js'
import { OtlpReceiver, refusingUrl } from '../../support/otlp-receiver.js'
import { until } from '../../support/turns.js'

const BATCH = 512
const SLOT_BYTES = 1024 * 1024

describe('row 13: a collector that is away for five minutes, at 50 records/s', () => {
  it('loses nothing that the queue has accepted, and gets all of it in order', async () => {
    const clock = new ManualClock()
    const url = await refusingUrl()
    const description = otlp({ url })
    const setup: RingSetup = {
      id: 0,
      ring: createRing({
        records: 16_384,
        bytes: 8 * SLOT_BYTES,
        recordBytes: 4_096,
        slackRecords: BATCH,
        slackBytes: SLOT_BYTES,
      }),
      slots: createSlots({ slots: 1, records: BATCH, bytes: SLOT_BYTES }),
      accounts: createAccounts(),
      durations: createDurations(),
      scheduledDelayMillis: 1_000,
      exportTimeoutMillis: 10_000,
      destination: description,
    }
    const accounts = new SharedAccounts(setup.accounts)
    const producer = new RingProducer(setup.ring)
    const writer = new ProtobufWriter(setup.ring.data)
    const encoder = new LogRecordEncoder(writer)
    const { resource, instrumentationScope } = logRecord()
    const contexts = new Map([[0, encodeContext(resource, instrumentationScope)]])
    const failures: string[] = []
    const events = { moved: () => undefined, failed: (_: number, reason: string) => failures.push(reason) }
    const destination = await openOtlpDestination(description, 10_000, clock)
    // It is woken for batches; its own clock stands still, so that what pauses on the other one shows.
    const drain = new RingDrain(setup, destination, contexts, events, new ManualClock())
    void drain.run()

    let emitted = 0
    const emit = () => {
      writer.begin(producer.recordStart, producer.recordStart + producer.room)
      encoder.encode(logRecord({ body: emitted++ }))
      producer.add(writer.position - producer.recordStart, 0)
      if (emitted % BATCH === 0) accounts.wake()
    }
    const slots = new InFlightSlots(setup.slots)
    const isPausing = () => clock.pendingTimers === 1

    for (let second = 0; second < 300; second++) {
      for (let i = 0; i < 50; i++) emit()
      // The batch in flight has been tried, and waits for its next try.
      if (emitted >= BATCH) await until(isPausing)
      await clock.advance(1_000)
    }
    const counts = () => accounts.consistently(() => ({ ...slots.counts, queued: producer.records }))
    deepStrictEqual(counts(), { inFlight: BATCH, exported: 0, failed: 0, queued: 15_000 - BATCH })

    await until(isPausing)
    const receiver = await OtlpReceiver.start(Number(new URL(url).port))
    try {
      accounts.urge(producer.nextSequence)
      await clock.advance(20_000)
      await receiver.waitForRecords(15_000)
      await until(() => !slots.isInUse(0))
      deepStrictEqual(counts(), { inFlight: 0, exported: 15_000, failed: 0, queued: 0 })
      ok(receiver.records.every(({ body }, i) => body === i))
      deepStrictEqual(failures, [])
      strictEqual(clock.pendingTimers, 0)
    } finally {
      void drain.stop()
      await receiver.close()
    }
  })
})
