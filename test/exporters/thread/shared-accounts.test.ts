import { ok, strictEqual } from 'node:assert/strict'
import { createAccounts, SharedAccounts } from '#src/exporters/thread/shared-accounts.js'

describe('SharedAccounts', () => {
  it('holds readers up once by a change whose consumer died in the middle, until it is ended for it', () => {
    const accounts = new SharedAccounts(createAccounts())
    let reads = 0
    const readsOf = () => {
      const before = reads
      accounts.consistently(() => reads++)
      return reads - before
    }
    strictEqual(readsOf(), 1)
    for (let deaths = 0; deaths < 3; deaths++) {
      accounts.beginChange()
      const held = readsOf()
      ok(held > 1 && held < 1_000, `${held} reads`)
      for (let i = 0; i < 10; i++) strictEqual(readsOf(), 1)
      accounts.endChange()
      strictEqual(readsOf(), 1)
    }
  })
})
