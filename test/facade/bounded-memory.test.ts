import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { BoundedMemory } from '#src/facade/bounded-memory.js'

describe('what is remembered of names', () => {
  let asked: string[]
  let memory: BoundedMemory<number>

  beforeEach(() => {
    asked = []
    memory = new BoundedMemory((name) => {
      asked.push(name)
      return name.length
    })
  })

  it('is found out once a name', () => {
    deepStrictEqual([memory.of('app'), memory.of('app.db'), memory.of('app')], [3, 6, 3])
    deepStrictEqual(asked, ['app', 'app.db'])
  })

  it('is forgotten when there are more than a thousand, and found out again', () => {
    for (let i = 0; i < 1_024; i++) memory.of(`name-${i}`)
    memory.of('name-0')
    strictEqual(asked.length, 1_024)
    memory.of('one too many')
    memory.of('name-0')
    strictEqual(asked.length, 1_026)
  })

  it('does not include long names', () => {
    const name = 'x'.repeat(257)
    deepStrictEqual([memory.of(name), memory.of(name)], [257, 257])
    strictEqual(asked.length, 2)
  })
})
