import assert from 'node:assert/strict'
import { stressRing } from '../../stress/ring-producer.js'

const RECORDS = 300_000

describe('The ring between two threads', () => {
  for (const mode of ['dropping', 'sliding', 'blocking'] as const) {
    for (const queueBytes of [16_384, 262_144]) {
      it(`${mode}, ${queueBytes} bytes: order kept, nothing torn, and each record in one place at every read`, async () => {
        const { added, refused, evicted, reads } = await stressRing(mode, RECORDS, queueBytes, 1_024)
        assert.equal(added, RECORDS)
        assert.ok(reads > 1_000)
        if (mode === 'blocking') assert.equal(refused, 0)
        if (mode !== 'sliding') assert.equal(evicted, 0)
      }).timeout(60_000)
    }
  }
})
