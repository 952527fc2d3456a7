import { type EncodedField, encodeField } from './encoded-field.js'
import { VALUE_TAG } from './field-tags.js'
import { ownText } from './own-text.js'

/** How many names are kept: those of a service's attributes are fewer, unless it makes them up as it goes. */
const MOST_NAMES = 1_024
/** The longest name that is kept, in characters. */
const LONGEST_NAME = 64
/** The longest attribute whose value is kept, in bytes, as encoded. */
const LONGEST_ENTRY = 128

/** The most bytes of a name that is kept, encoded with a double. */
const MOST_BYTES = 256
const DOUBLE_BYTES = 8
/** Which one a field is kept with does not matter: it is written with another. */
const ANY_TAG = 0x0a

/** What is kept of an attribute's value. */
export type KnownValue = string | number | boolean

/** One attribute: its name, encoded, and one value that it had, encoded with the name. */
export class KnownAttribute {
  readonly key: string
  /** What came behind it the last time that was looked for: most records have the attributes of the one before. */
  next: KnownAttribute | undefined
  readonly name: EncodedField
  /** All of the attribute but the number itself, if its value is a double. */
  readonly beforeDouble: EncodedField
  /** None at first: nothing is equal to this. */
  value: KnownValue = Number.NaN
  entry: EncodedField
  /** How often in a row the value was another one. */
  #misses = 0

  constructor(key: string, name: EncodedField, beforeDouble: EncodedField) {
    this.key = key
    this.name = name
    this.beforeDouble = beforeDouble
    this.entry = name
  }

  /** The encoded attribute if it has this value; most have the same for long. */
  entryFor(value: unknown): EncodedField | undefined {
    const kept = this.value
    // Apart, so that the compiler sees what is compared in either place.
    const isKept = typeof value === 'string' ? typeof kept === 'string' && value === kept : value === kept
    if (!isKept) return undefined
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

  /** @param entry nothing if it cannot be kept. */
  keep(value: KnownValue, entry: EncodedField | undefined): void {
    if (entry === undefined) return
    this.value = typeof value === 'string' ? ownText(value) : value
    this.entry = entry
  }
}

/**
 * The attributes that come again with every record, encoded once: to copy words takes a fraction of the time that it
 * takes to look at each character. Bounded in number and in bytes.
 */
export class KnownAttributes {
  readonly #byName = new Map<string, KnownAttribute>()
  /** The one that was looked for last, of whatever record; nothing if it is not kept. */
  #last: KnownAttribute | undefined

  /** The attribute of this name; `undefined` if it is not one of those that are kept. */
  get(name: string): KnownAttribute | undefined {
    const expected = this.#last?.next
    if (expected !== undefined && expected.key === name) {
      this.#last = expected
      return expected
    }
    return this.#lookUp(name)
  }

  #lookUp(name: string): KnownAttribute | undefined {
    const known = this.#byName.get(name) ?? this.#add(name)
    if (this.#last !== undefined) this.#last.next = known
    this.#last = known
    return known
  }

  #add(name: string): KnownAttribute | undefined {
    if (name.length > LONGEST_NAME || this.#byName.size === MOST_NAMES) return undefined
    const encodedName = encodeField(MOST_BYTES, (writer) => writer.string(VALUE_TAG.keyValueKey, name))
    const beforeDouble = encodeField(MOST_BYTES, (writer) => {
      const start = writer.open(ANY_TAG, 1)
      writer.string(VALUE_TAG.keyValueKey, name)
      const value = writer.open(VALUE_TAG.keyValueValue, 1)
      writer.double(VALUE_TAG.doubleValue, 0)
      writer.close(value, 1)
      writer.close(start, 1)
      writer.rewind(writer.position - DOUBLE_BYTES)
    })
    if (encodedName === undefined || beforeDouble === undefined) return undefined
    const known = new KnownAttribute(ownText(name), encodedName, beforeDouble)
    this.#byName.set(name, known)
    return known
  }
}
