import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'

type Value = ReadableLogRecord['body']
type Attributes = ReadableLogRecord['attributes']

/** The lengths at which the encoder, or the length of a length, changes its ways. */
const EDGE_LENGTHS = [
  0, 1, 39, 40, 41, 42, 122, 125, 126, 127, 128, 129, 200, 250, 16_380, 16_383, 16_384, 16_385,
]
const ALPHABETS = [
  ['a'],
  ['a', 'Z', '0', ' ', '"', '\n', '\0', '\x7f'],
  ['a', 'ß', 'é', '\u0080', '\u07ff'],
  ['a', '\u0800', '中', '\uffff', '\ue000'],
  ['😀', '\u{10000}', '\u{10ffff}', 'a'],
  ['\ud800', '\udc00', '\udbff', '\udfff', 'a', '😀'],
]
const EDGES = [0, 1, 127, 128, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 62, 2 ** 63, 2 ** 64, Number.MAX_VALUE]

/**
 * Log records with everything that OpenTelemetry has a type for, at random, and the edges more often than chance has
 * them. What it makes follows from its seed.
 */
export class RandomRecords {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** Records of several resources and scopes, those of one together. */
  batch(size: number): ReadableLogRecord[] {
    const contexts = Array.from({ length: 1 + this.#below(3) }, () => {
      const resource = resourceFromAttributes(this.#resourceAttributes(), { schemaUrl: this.#text() })
      return Array.from({ length: 1 + this.#below(3) }, () => ({ resource, scope: this.#scope() }))
    }).flat()
    return Array.from({ length: size }, (_, i) => {
      const context = contexts[Math.floor((i * contexts.length) / size)]
      if (context === undefined) throw new RangeError('no such context')
      return this.#record(context.resource, context.scope)
    })
  }

  #record(
    resource: ReadableLogRecord['resource'],
    instrumentationScope: ReadableLogRecord['instrumentationScope'],
  ): ReadableLogRecord {
    return {
      resource,
      instrumentationScope,
      hrTime: [this.#below(2 ** 34), this.#below(1e9)],
      hrTimeObserved: [this.#below(2) * this.#below(2 ** 31), this.#below(1e9)],
      attributes: this.#attributes(),
      droppedAttributesCount: this.#one([0, 0, 1, 127, 128, 2 ** 32 - 1]),
      ...(this.#below(2) === 0 ? {} : { body: this.#value(4) }),
      ...(this.#below(2) === 0 ? {} : { severityNumber: this.#below(25) }),
      ...(this.#below(2) === 0 ? {} : { severityText: this.#text() }),
      ...(this.#below(4) > 0 ? {} : { eventName: this.#text() }),
      ...(this.#below(2) === 0 ? {} : { spanContext: this.#spanContext() }),
    }
  }

  #scope(): ReadableLogRecord['instrumentationScope'] {
    const scope = { name: this.#text(), version: this.#text(), schemaUrl: this.#text() }
    return this.#below(2) === 0
      ? scope
      : { ...scope, attributes: this.#attributes(), droppedAttributesCount: 3 }
  }

  #spanContext() {
    return { traceId: this.#hex(32), spanId: this.#hex(16), traceFlags: this.#below(256) }
  }

  #resourceAttributes() {
    const texts = Array.from({ length: this.#below(4) }, () => this.#text())
    return {
      [this.#text()]: this.#text(),
      [this.#text()]: this.#integer(),
      flag: this.#below(2) === 0,
      texts,
    }
  }

  #attributes(): Attributes {
    return this.#map(this.#below(6), 3)
  }

  #map(size: number, depth: number): Record<string, Value> {
    const map: Record<string, Value> = {}
    for (let i = 0; i < size; i++) map[this.#text()] = this.#value(depth)
    return map
  }

  #value(depth: number): Value {
    switch (this.#below(depth > 0 ? 12 : 9)) {
      case 0:
      case 1:
      case 2:
        return this.#text()
      case 3:
        return this.#below(2) === 0
      case 4:
        return this.#below(2 ** 32) - 2 ** 31
      case 5:
        return this.#integer()
      case 6:
        return this.#double()
      case 7:
        return null
      case 8:
        return Buffer.alloc(this.#one([0, 1, 16, 127, 128, 300]), this.#below(256))
      case 9:
        return Array.from({ length: this.#below(5) }, () => this.#value(depth - 1))
      case 10:
        return this.#map(this.#below(5), depth - 1)
      default:
        return this.#below(20) === 0 ? this.#deep(this.#below(64)) : this.#integer()
    }
  }

  /** Containers in one another, `depth` of them and one more. */
  #deep(depth: number): Value {
    let value: Value = this.#value(0)
    for (let i = 0; i <= depth - 4; i++) value = this.#below(2) === 0 ? [value] : { [this.#text()]: value }
    return value
  }

  #integer(): number {
    const edge = this.#one(EDGES) + this.#below(5) - 2
    return (this.#below(2) === 0 ? edge : -edge) || 0
  }

  #double(): number {
    return this.#one([Math.PI, -1e-300, 5e-324, Number.NaN, Infinity, -Infinity, this.#below(2 ** 32) / 1024])
  }

  #text(): string {
    const alphabet = this.#one(ALPHABETS)
    const long = this.#below(400) === 0
    const length =
      this.#below(4) === 0 ? this.#one(long ? EDGE_LENGTHS : EDGE_LENGTHS.slice(0, 14)) : this.#below(20)
    if (length > 300) return this.#one(alphabet).repeat(length)
    let text = ''
    for (let i = 0; i < length; i++) text += this.#one(alphabet)
    return text
  }

  #hex(length: number): string {
    return Array.from({ length }, () => this.#below(16).toString(16)).join('')
  }

  #one<T>(choices: readonly T[]): T {
    const choice = choices[this.#below(choices.length)]
    if (choice === undefined) throw new RangeError('nothing to choose from')
    return choice
  }

  /** A whole number from 0 to `limit` − 1 (mulberry32; twice for limits beyond its 32 bits). */
  #below(limit: number): number {
    if (limit > 2 ** 32) return this.#below(limit / 2 ** 16) * 2 ** 16 + this.#below(2 ** 16)
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / (2 ** 32 / limit))
  }
}
