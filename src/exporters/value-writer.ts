/** How one format writes each kind of value there is in a log record. */
export interface Notation {
  /** Between the items of an array, and between the entries of a map. */
  readonly separator: string
  /** The value that is none: null, undefined. */
  readonly empty: string
  text(value: string): string
  bool(value: boolean): string
  /** @param digits a decimal 64-bit integer. */
  integer(digits: string): string
  double(value: number): string
  bytes(value: Buffer): string
  array(items: string): string
  map(entries: string): string
  entry(key: string, value: string): string
}

/** Nesting below this is cut (specification, "attribute limits"). */
const MAX_DEPTH = 64

/** The most values one record may hold: shared references could make a small object an endless line. */
const MAX_VALUES = 65_536

const INT64_LIMIT = 2 ** 63
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/**
 * Writes the values of one record in a notation. Behind our processors they are OpenTelemetry's own kinds already; behind
 * another one they can be anything, and become the nearest thing a notation has.
 */
export class ValueWriter {
  readonly #notation: Notation
  #remaining = MAX_VALUES
  /** The containers being written, outermost first: a value that is one of them closes a circle. */
  readonly #ancestors: object[] = []

  constructor(notation: Notation) {
    this.#notation = notation
  }

  /** @throws RangeError for too many values, and whatever reading the value throws. */
  write(value: unknown): string {
    if (--this.#remaining < 0) throw new RangeError(`a log record holds at most ${MAX_VALUES} values`)
    const notation = this.#notation
    switch (typeof value) {
      case 'string':
        return notation.text(value)
      case 'number':
        return this.#number(value)
      case 'boolean':
        return notation.bool(value)
      case 'bigint':
        return value >= INT64_MIN && value <= INT64_MAX
          ? notation.integer(value.toString())
          : notation.text(value.toString())
      case 'object':
        return value === null ? notation.empty : this.#object(value)
      case 'undefined':
        return notation.empty
      default:
        return notation.text(`[${typeof value}]`)
    }
  }

  /** The entries of an object, without what its notation puts around a map. @throws as `write` does. */
  entries(source: object): string {
    return this.#joined(Object.entries(source), ([key, value]) =>
      this.#notation.entry(key, this.write(value)),
    )
  }

  #number(value: number): string {
    if (!Number.isInteger(value) || Object.is(value, -0)) return this.#notation.double(value)
    if (Number.isSafeInteger(value)) return this.#notation.integer(String(value))
    // String() rounds these to the shortest digits that a double would be read back from; an int64 is read exactly.
    const fits = value >= -INT64_LIMIT && value < INT64_LIMIT
    return fits ? this.#notation.integer(BigInt(value).toString()) : this.#notation.double(value)
  }

  #object(value: object): string {
    if (ArrayBuffer.isView(value)) {
      return this.#notation.bytes(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
    }
    if (this.#ancestors.length >= MAX_DEPTH) return this.#notation.text('[too deep]')
    if (this.#ancestors.includes(value)) return this.#notation.text('[circular]')
    this.#ancestors.push(value)
    // Not in a `finally`: what throws here ends the record, and this writer with it.
    const text = this.#contents(value)
    this.#ancestors.pop()
    return text
  }

  #contents(value: object): string {
    const notation = this.#notation
    if (Array.isArray(value)) return notation.array(this.#joined(value, (item) => this.write(item)))
    if (value instanceof Date) {
      return notation.text(Number.isNaN(value.getTime()) ? String(value) : value.toISOString())
    }
    if (value instanceof Error) {
      const { name, message, stack, cause } = value
      const standard = cause === undefined ? { name, message, stack } : { name, message, stack, cause }
      return notation.map(this.entries(Object.assign(standard, value)))
    }
    if (value instanceof Map) return notation.map(this.entries(Object.fromEntries(value)))
    if (value instanceof Set) return notation.array(this.#joined([...value], (item) => this.write(item)))
    return notation.map(this.entries(value))
  }

  #joined<T>(items: readonly T[], write: (item: T) => string): string {
    let text = ''
    let separator = ''
    for (const item of items) {
      text += separator + write(item)
      separator = this.#notation.separator
    }
    return text
  }
}
