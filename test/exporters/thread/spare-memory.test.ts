import { notStrictEqual, strictEqual } from 'node:assert/strict'
import { SpareMemory } from '#src/exporters/thread/spare-memory.js'

describe('SpareMemory', () => {
  it('makes memory where none of just that size is spare', () => {
    const memory = new SpareMemory()
    const given = new SharedArrayBuffer(64)
    memory.give(given)
    const other = memory.take(128)
    strictEqual(other.byteLength, 128)
    strictEqual(memory.take(64), given)
    notStrictEqual(memory.take(64), given, 'nobody gets what somebody has')
  })

  it('keeps no more than its bound, and lets go of the oldest', () => {
    const memory = new SpareMemory(200)
    const [first, second, third, huge] = [64, 64, 128, 512].map((bytes) => new SharedArrayBuffer(bytes))
    for (const buffer of [first, second, third]) if (buffer !== undefined) memory.give(buffer)
    strictEqual(memory.take(64), second)
    notStrictEqual(memory.take(64), first)
    if (huge !== undefined) memory.give(huge)
    notStrictEqual(memory.take(512), huge)
    strictEqual(memory.take(128), third, 'what is too large takes nobody else with it')
    const another = new SharedArrayBuffer(200)
    memory.give(another)
    strictEqual(memory.take(200), another, 'what went is not counted')
  })
})
