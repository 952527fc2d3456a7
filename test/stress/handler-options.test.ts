import { ok } from 'node:assert/strict'
import { changeUnderLoad } from './handler-changes.js'

describe('handlers whose options change while records flow', () => {
  // The whole, a million records and 10,000 changes, is a program of its own: test/stress/handler-options.ts.
  it('lose nothing but what their modes drop, and their accounts balance', async () => {
    const outcome = await changeUnderLoad(20_000, 200)
    for (const { arrived } of Object.values(outcome)) ok(arrived > 0)
  })
})
