import { VALUE_TAG } from './field-tags.js'
import { ProtobufWriter } from './protobuf-writer.js'

/** How many names are kept: those of a service's attributes are fewer, unless it makes them up as it goes. */
const MOST_NAMES = 1_024
/** The longest name that is kept, in characters. */
const LONGEST_NAME = 64
/** The longest attribute whose value is kept, in bytes, as encoded. */
const LONGEST_ENTRY = 128

/** What is kept of an attribute's value. */
export type KnownValue = string | number | boolean

/** Bytes of a protobuf message that were written before: from its length on, four bytes a word, the first one lowest. */
export interface EncodedMessage {
  readonly words: Int32Array
  readonly length: number
}

/** One attribute: its name, encoded, and one value that it had, encoded with the name. */
export class KnownAttribute {
  readonly name: EncodedMessage
  value: KnownValue | undefined
  entry: EncodedMessage
  /** How often in a row the value was another one. */
  #misses = 0

  constructor(name: EncodedMessage) {
    this.name = name
    this.entry = name
  }

  /** The encoded attribute if it has this value; most have the same for long. */
  entryFor(value: unknown): EncodedMessage | undefined {
    if (value !== this.value || value === undefined) return undefined
    this.#misses = 0
    return this.entry
  }

  /**
   * Whether to keep this value, which is another one than before: at once, and less and less often while none comes
   * twice, so that values which always differ cost next to nothing.
   */
  isWorthKeeping(value: unknown, length: number): value is KnownValue {
    this.#misses++
    if ((this.#misses & (this.#misses - 1)) !== 0 || length > LONGEST_ENTRY) return false
    // 0 and −0 are the same to `===`, but not to a receiver.
    return (
      typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && value !== 0)
    )
  }

  keep(value: KnownValue, entry: EncodedMessage): void {
    // A copy, since a short text that was cut out of a long one would keep that alive.
    this.value = typeof value === 'string' ? Buffer.from(value, 'utf16le').toString('utf16le') : value
    this.entry = entry
  }
}

/**
 * The attributes that come again with every record, encoded once: to copy words takes a fraction of the time that it
 * takes to look at each character. Bounded in number and in bytes.
 */
export class KnownAttributes {
  readonly #byName = new Map<string, KnownAttribute>()

  /** The attribute of this name; `undefined` if it is not one of those that are kept. */
  get(name: string): KnownAttribute | undefined {
    return this.#byName.get(name) ?? this.#add(name)
  }

  #add(name: string): KnownAttribute | undefined {
    if (name.length > LONGEST_NAME || this.#byName.size === MOST_NAMES) return undefined
    const writer = new ProtobufWriter(new ArrayBuffer(LONGEST_NAME * 4))
    writer.begin(0, LONGEST_NAME * 4)
    writer.string(VALUE_TAG.keyValueKey, name)
    const known = new KnownAttribute(writer.messageFrom(1))
    this.#byName.set(name, known)
    return known
  }
}
