import assert from 'node:assert/strict'

/**
 * The protocol of shared-ring.ts, as small as it can be, over every interleaving of its steps: what the real classes
 * cannot be stopped in the middle of. Each record has one place for its bytes and its pair.
 *
 * Each variant leaves out one thing that the comment there says is needed, and shows what goes wrong without it.
 */
interface Variant {
  /** The producer reads the claim first. */
  readonly claimFirst?: boolean
  /** The consumer goes on without looking at `taken` again. */
  readonly noSecondLook?: boolean
  /** A successor goes by the position of `taken`, not by its turn. */
  readonly noTurn?: boolean
  /** The producer does not look at claims when it evicts: safe, but evictions can go on for ever. */
  readonly evictsClaimed?: boolean
}

const SIZE = 3
const BOUND = 2
const BATCH = 2
const RECORDS = 5
const NONE = -1

interface State {
  memory: number[]
  head: number
  taken: number
  turn: number
  claim: number
  /** Where the producer is, what it has read, and how often it tried to add a record. */
  producer: { at: string; taken: number; claim: number; tried: number }
  consumer: { at: string; taken: number; turn: number; end: number }
  /** The slot: the batch that was noted down, if its taking is not complete, and what was copied. */
  note: { taken: number; turn: number; end: number } | null
  copied: number[]
  evicted: number[]
  died: boolean
}

type Fault = string | undefined

/** Every state the producer can go to from here. */
function produce(state: State, variant: Variant): State | undefined {
  const next = structuredClone(state)
  const p = next.producer
  switch (p.at) {
    case 'start':
      if (p.tried === RECORDS) return undefined
      p.tried++
      if (variant.claimFirst) p.claim = next.claim
      else p.taken = next.taken
      p.at = 'first read'
      return next
    case 'first read': {
      if (variant.claimFirst) p.taken = next.taken
      else p.claim = next.claim
      const kept = next.head - (p.claim === NONE ? p.taken : Math.min(p.claim, p.taken))
      p.at = kept < SIZE ? 'write' : 'start'
      return next
    }
    case 'write':
      next.memory[next.head % SIZE] = next.head
      p.at = 'evict'
      return next
    case 'evict':
      p.taken = next.taken
      p.at = next.head + 1 - p.taken > BOUND && p.taken < next.head ? 'evict: claim' : 'publish'
      return next
    case 'evict: claim':
      p.at = next.claim === p.taken && !variant.evictsClaimed ? 'publish' : 'evict: swap'
      return next
    case 'evict: swap':
      if (next.taken === p.taken) {
        next.evicted.push(p.taken)
        next.taken++
      }
      p.at = 'evict'
      return next
    default:
      next.head++
      p.at = 'start'
      return next
  }
}

/** The state the consumer goes to from here, or what is wrong. */
function consume(state: State, variant: Variant): State | Fault {
  const next = structuredClone(state)
  const c = next.consumer
  switch (c.at) {
    case 'start':
      c.taken = next.taken
      c.turn = next.turn
      c.at = 'claim'
      return next
    case 'claim':
      next.claim = c.taken
      c.at = variant.noSecondLook ? 'find' : 'second look'
      return next
    case 'second look':
      c.at = next.taken === c.taken ? 'find' : 'start'
      return next
    case 'find': {
      c.end = Math.min(next.head, c.taken + BATCH)
      for (let at = c.taken; at < c.end; at++) {
        if (next.memory[at % SIZE] !== at) return `reads the pair of record ${at}, where there is another one`
      }
      c.at = c.end === c.taken ? 'release' : 'note'
      return next
    }
    case 'note':
      next.note = { taken: c.taken, turn: c.turn, end: c.end }
      c.at = 'swap'
      return next
    case 'swap':
      if (next.taken === c.taken) {
        next.taken = c.end
        next.turn ^= 1
        c.at = 'copy'
      } else {
        c.at = 'strike'
      }
      return next
    case 'strike':
      next.note = null
      c.at = 'start'
      return next
    case 'copy':
      for (let at = c.taken; at < c.end; at++) {
        const copy = next.memory[at % SIZE]
        if (copy !== at) return `copies record ${copy} for record ${at}`
        next.copied.push(at)
      }
      next.note = null
      c.at = 'release'
      return next
    case 'recover': {
      const { note } = next
      const isTaken = note !== null && (variant.noTurn ? next.taken !== note.taken : next.turn !== note.turn)
      if (isTaken) Object.assign(c, { at: 'copy', taken: note.taken, end: note.end })
      else Object.assign(c, { at: 'release' })
      if (!isTaken) next.note = null
      return next
    }
    default:
      next.claim = NONE
      c.at = 'start'
      return next
  }
}

/** The first thing that goes wrong in any interleaving; the number of states if nothing does. */
function explore(variant: Variant): { fault: Fault; states: number } {
  const start: State = {
    memory: Array.from({ length: SIZE }, () => NONE),
    head: 0,
    taken: 0,
    turn: 0,
    claim: NONE,
    producer: { at: 'start', taken: 0, claim: NONE, tried: 0 },
    consumer: { at: 'start', taken: 0, turn: 0, end: 0 },
    note: null,
    copied: [],
    evicted: [],
    died: false,
  }
  const seen = new Set<string>()
  const open = [start]
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const key = JSON.stringify(state)
    if (seen.has(key)) continue
    seen.add(key)
    const fault = wrongIn(state)
    if (fault !== undefined) return { fault, states: seen.size }
    const produced = produce(state, variant)
    if (produced !== undefined) open.push(produced)
    const consumed = consume(state, variant)
    if (typeof consumed === 'string') return { fault: consumed, states: seen.size }
    if (consumed !== undefined) open.push(consumed)
    if (!state.died) {
      const dead = structuredClone(state)
      dead.died = true
      dead.consumer.at = 'recover'
      open.push(dead)
    }
  }
  return { fault: undefined, states: seen.size }
}

/** Whether records are out of order, in two places or in none. */
function wrongIn({ copied, evicted, note, consumer, taken }: State): Fault {
  for (let i = 1; i < copied.length; i++) {
    if ((copied[i] ?? 0) <= (copied[i - 1] ?? 0)) return `takes ${copied[i]} after ${copied[i - 1]}`
  }
  const twice = copied.find((record) => evicted.includes(record))
  if (twice !== undefined) return `takes record ${twice}, which was evicted`
  // With a batch noted down, its records may be in neither place until it is copied.
  if (note !== null || consumer.at === 'copy') return undefined
  return copied.length + evicted.length === taken ? undefined : 'loses a record'
}

describe('The protocol of the ring, in every interleaving', () => {
  it('goes wrong if the producer reads the claim before taken', () => {
    assert.match(explore({ claimFirst: true }).fault ?? '', /copies record|reads the pair/)
  })

  it('goes wrong if the consumer does not look at taken again once its claim is known', () => {
    assert.match(explore({ noSecondLook: true }).fault ?? '', /reads the pair of record/)
  })

  it('goes wrong if a successor goes by the position of taken alone', () => {
    assert.match(explore({ noTurn: true }).fault ?? '', /which was evicted/)
  })

  it('stays right if the producer evicts claimed records: not doing so is for progress', () => {
    assert.equal(explore({ evictsClaimed: true }).fault, undefined)
  })

  it('is right as it is, also if the consumer dies at any step and another one carries on', () => {
    const { fault, states } = explore({})
    assert.equal(fault, undefined)
    assert.ok(states > 10_000, `only ${states} states`)
  })
})
