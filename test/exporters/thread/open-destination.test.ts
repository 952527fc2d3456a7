import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { file } from 'otel-sluice'
import { systemClock } from '#src/common/clock.js'
import type { Delivered } from '#src/exporters/thread/destination.js'
import { createSlots, InFlightSlots } from '#src/exporters/thread/in-flight-slots.js'
import { openDestination } from '#src/exporters/thread/open-destination.js'
import { encodedBatch } from '../../support/encoded-batch.js'
import { logRecord } from '../../support/log-records.js'

describe('the destination of a file', () => {
  let path: string
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-destination-'))
    path = join(folder, 'app.log')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** What is in the file once a record was delivered to it, by a thread with so many records in flight before. */
  async function delivered(inFlight: number): Promise<string> {
    const slots = createSlots({ slots: 1, records: 4, bytes: 1_024 })
    const batch = { records: inFlight, firstSequence: 0, takenBefore: 0, end: inFlight }
    if (inFlight > 0) new InFlightSlots(slots).note(0, batch)
    const setup = { destination: file(path, { format: 'readable' }), exportTimeoutMillis: 1, slots }
    const destination = await openDestination(setup, systemClock, () => undefined)
    const settled: Delivered[] = []
    const whole = encodedBatch([logRecord({ body: 'whole' })])
    const settle = (what: Delivered) => settled.push(what)
    await destination.deliver(whole, settle, new AbortController().signal)
    destination.close()
    deepStrictEqual(settled, [{ exported: 1, failed: 0 }])
    return readFileSync(path, 'utf8')
  }

  it('gets lines one behind the other', async () => {
    strictEqual(await delivered(0), '2023-11-14T22:13:20.000Z - test whole\n')
  })

  it('gets a line of its own from the successor of a thread that died, which may have left half a line', async () => {
    writeFileSync(path, 'half a li')
    strictEqual(await delivered(1), 'half a li\n2023-11-14T22:13:20.000Z - test whole\n')
  })
})
