/** Thrown when what is being written does not fit. One object, made once: it is a decision, not a fault. */
export const NO_ROOM = new Error('no room')

import type { EncodedField } from './encoded-field.js'

const VARINT_BYTE = 0x80
const DOUBLE_BYTES = 8
/** How many numbers of an encoded field are copied at once. */
const BLOCK = 4
const MAX_VARINT32 = 5
const MAX_VARINT64 = 10
const TWO_TO_32 = 2 ** 32

/** What stands for a lone surrogate, which UTF-8 cannot express. */
const REPLACEMENT = 0xfffd

/** What a string has beside its characters: a tag, and a length, of one byte if it is short, whatever they are. */
const STRING_OVERHEAD = 2

/** The most bytes that UTF-8 needs for a UTF-16 code unit. */
const MAX_CHARACTER_BYTES = 3

/**
 * Strings up to here are written character by character, which is faster than a call out of JavaScript. Neither their
 * length as UTF-8 nor that of a message around them takes more than a byte.
 */
const SHORT_STRING = 40

/**
 * Writes protobuf fields into a given stretch of memory, front to back, in one pass. The length that a nested message
 * starts with is written when the message is complete; it is moved a little if it needs more or fewer bytes than were
 * set aside. Not one byte is written outside the stretch.
 */
export class ProtobufWriter {
  readonly #bytes: Buffer
  readonly #view: DataView
  #position = 0
  #end = 0
  #second = 0
  #secondLow = 0
  #secondHigh = 0

  constructor(memory: ArrayBuffer | SharedArrayBuffer, offset = 0, length = memory.byteLength - offset) {
    this.#bytes = Buffer.from(memory, offset, length)
    this.#view = new DataView(memory, offset, length)
  }

  /** Starts anew: the bytes from `start` to `end` − 1 may be written. */
  begin(start: number, end: number): void {
    this.#position = start
    this.#end = end
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.#position
  }

  /** Goes back to a place where the writer has been. */
  rewind(position: number): void {
    this.#position = position
  }

  /**
   * Begins a nested message: its tag, and so many bytes for its length, which is not known yet.
   *
   * @returns where the message starts.
   */
  open(tag: number, lengthBytes: number): number {
    const at = this.#claim(1 + lengthBytes)
    this.#bytes[at] = tag
    return at + 1 + lengthBytes
  }

  /** Completes the message that was opened with so many bytes for its length and starts at `start`. */
  close(start: number, lengthBytes: number): void {
    const length = this.#position - start
    // The usual cases, without a loop: one byte was set aside, or two, and that is right.
    if (length < VARINT_BYTE) {
      if (lengthBytes === 1) {
        this.#bytes[start - 1] = length
        return
      }
    } else if (lengthBytes === 2 && length < VARINT_BYTE * VARINT_BYTE) {
      this.#bytes[start - 2] = (length & 0x7f) | VARINT_BYTE
      this.#bytes[start - 1] = length >>> 7
      return
    }
    const size = varintSize(length)
    if (size !== lengthBytes) {
      if (size > lengthBytes) this.#claim(size - lengthBytes)
      else this.#position -= lengthBytes - size
      this.#bytes.copyWithin(start - lengthBytes + size, start, start + length)
    }
    this.#varintAt(start - lengthBytes, length)
  }

  bool(tag: number, value: boolean): void {
    const at = this.#claim(2)
    this.#bytes[at] = tag
    this.#bytes[at + 1] = value ? 1 : 0
  }

  /** An unsigned number below 2^32. */
  uint32(tag: number, value: number): void {
    const at = this.#claim(1 + MAX_VARINT32)
    this.#bytes[at] = tag
    this.#position = this.#varintAt(at + 1, value >>> 0)
  }

  /** A whole number from −2^63 to 2^63 − 1. */
  int64(tag: number, value: number): void {
    if (value >= 0 && value < TWO_TO_32) {
      this.uint32(tag, value)
      return
    }
    let high = Math.floor(value / TWO_TO_32)
    let low = (value - high * TWO_TO_32) >>> 0
    high >>>= 0
    let at = this.#claim(1 + MAX_VARINT64)
    this.#bytes[at++] = tag
    while (high > 0) {
      this.#bytes[at++] = (low & 0x7f) | VARINT_BYTE
      low = ((low >>> 7) | (high << 25)) >>> 0
      high >>>= 7
    }
    this.#position = this.#varintAt(at, low)
  }

  /** A BigInt from −2^63 to 2^63 − 1. */
  bigInt64(tag: number, value: bigint): void {
    let rest = BigInt.asUintN(64, value)
    let at = this.#claim(1 + MAX_VARINT64)
    this.#bytes[at++] = tag
    while (rest >= 128n) {
      this.#bytes[at++] = Number(rest & 0x7fn) | VARINT_BYTE
      rest >>= 7n
    }
    this.#position = this.#varintAt(at, Number(rest))
  }

  double(tag: number, value: number): void {
    const at = this.#claim(9)
    this.#bytes[at] = tag
    this.#view.setFloat64(at + 1, value, true)
  }

  fixed32(tag: number, value: number): void {
    const at = this.#claim(5)
    this.#bytes[at] = tag
    this.#view.setUint32(at + 1, value, true)
  }

  /** Seconds and nanoseconds as one fixed64 of nanoseconds, modulo 2^64. */
  nanoseconds(tag: number, seconds: number, nanoseconds: number): void {
    const at = this.#claim(9)
    if (seconds !== this.#second) this.#splitSecond(seconds)
    const low = this.#secondLow + nanoseconds
    const carry = low >= 0 && low < TWO_TO_32 ? 0 : Math.floor(low / TWO_TO_32)
    this.#bytes[at] = tag
    this.#view.setUint32(at + 1, low, true)
    this.#view.setUint32(at + 5, this.#secondHigh + carry, true)
  }

  bytes(tag: number, bytes: Uint8Array): void {
    this.uint32(tag, bytes.length)
    this.#bytes.set(bytes, this.#claim(bytes.length))
  }

  /** The bytes that hexadecimal digits stand for; `false`, and nothing is written, if they are other characters. */
  hex(tag: number, hex: string): boolean {
    const before = this.#position
    const length = hex.length >>> 1
    this.uint32(tag, length)
    const start = this.#claim(length)
    let digits = 0
    for (let i = 0; i < length; i++) {
      const byte = (digit(hex.charCodeAt(2 * i)) << 4) | digit(hex.charCodeAt(2 * i + 1))
      digits |= byte
      this.#bytes[start + i] = byte
    }
    if (digits < 0) this.#position = before
    return digits >= 0
  }

  /** A string as UTF-8; a lone surrogate becomes U+FFFD. */
  string(tag: number, text: string): void {
    if (text.length <= SHORT_STRING) this.#shortString(tag, text)
    else this.#longString(tag, text)
  }

  /** A message whose only field is a string. A short one is written in one go: most texts of a record are. */
  nestedString(messageTag: number, tag: number, text: string): void {
    if (text.length > SHORT_STRING) {
      const lengthBytes = varintSize(text.length + STRING_OVERHEAD)
      const start = this.open(messageTag, lengthBytes)
      this.#longString(tag, text)
      this.close(start, lengthBytes)
      return
    }
    const at = this.#claim(2 * STRING_OVERHEAD + MAX_CHARACTER_BYTES * text.length)
    const message = at + STRING_OVERHEAD
    const start = message + STRING_OVERHEAD
    const end = this.#shortText(text, start)
    const bytes = this.#bytes
    bytes[at] = messageTag
    bytes[at + 1] = end - message
    bytes[message] = tag
    bytes[message + 1] = end - start
    this.#position = end
  }

  /** A field that was written before, with another tag if need be. */
  field(tag: number, { numbers, length }: EncodedField): void {
    // Whole blocks are written; what is too much of the last is written over.
    const at = this.#claim(1 + numbers.length * DOUBLE_BYTES)
    this.#bytes[at] = tag
    this.#blocks(at + 1, numbers)
    this.#position = at + 1 + length
  }

  /** The same, with a double that the field ends with. */
  fieldWithDouble(tag: number, { numbers, length }: EncodedField, value: number): void {
    const at = this.#claim(1 + numbers.length * DOUBLE_BYTES + DOUBLE_BYTES)
    this.#bytes[at] = tag
    this.#blocks(at + 1, numbers)
    this.#view.setFloat64(at + 1 + length, value, true)
    this.#position = at + 1 + length + DOUBLE_BYTES
  }

  /** What was written from `start` on, which lies behind the tag of a field; `undefined` if it cannot be kept. */
  fieldFrom(start: number): EncodedField | undefined {
    const length = this.#position - start
    const numbers = new Float64Array(BLOCK * Math.ceil(length / (BLOCK * DOUBLE_BYTES)))
    new Uint8Array(numbers.buffer).set(this.#bytes.subarray(start, this.#position))
    const view = new DataView(numbers.buffer)
    for (let i = 0; i < numbers.length; i++) numbers[i] = view.getFloat64(DOUBLE_BYTES * i, true)
    return numbers.some(Number.isNaN) ? undefined : { numbers, length }
  }

  /**
   * Copies whole blocks. A block is read before any of it is written, and one turn of the loop serves for it: after each
   * write, and in each turn, the compiler looks anew at what it reads from, which takes longer than to copy.
   */
  #blocks(at: number, numbers: Float64Array): void {
    const view = this.#view
    const { length } = numbers
    for (let i = 0, to = at; i < length; i += BLOCK, to += BLOCK * DOUBLE_BYTES) {
      const first = numbers[i] ?? 0
      const second = numbers[i + 1] ?? 0
      const third = numbers[i + 2] ?? 0
      const fourth = numbers[i + 3] ?? 0
      view.setFloat64(to, first, true)
      view.setFloat64(to + DOUBLE_BYTES, second, true)
      view.setFloat64(to + 2 * DOUBLE_BYTES, third, true)
      view.setFloat64(to + 3 * DOUBLE_BYTES, fourth, true)
    }
  }

  /** Both halves of a second's nanoseconds: most times are of the same second as the one before. */
  #splitSecond(seconds: number): void {
    // In two parts of 16 bits of seconds, so that no product exceeds 2^53.
    const highSeconds = Math.floor(seconds / 0x10000)
    const highPart = highSeconds * 1e9
    const lowPart = (seconds - highSeconds * 0x10000) * 1e9
    const low = (highPart - Math.floor(highPart / 0x10000) * 0x10000) * 0x10000 + (lowPart % TWO_TO_32)
    this.#second = seconds
    this.#secondLow = low % TWO_TO_32
    this.#secondHigh =
      Math.floor(highPart / 0x10000) + Math.floor(lowPart / TWO_TO_32) + Math.floor(low / TWO_TO_32)
  }

  #shortString(tag: number, text: string): void {
    const at = this.#claim(STRING_OVERHEAD + MAX_CHARACTER_BYTES * text.length)
    const start = at + STRING_OVERHEAD
    const end = this.#shortText(text, start)
    this.#bytes[at] = tag
    this.#bytes[at + 1] = end - start
    this.#position = end
  }

  /** A short text as UTF-8, written at `start`; returns where it ends. */
  #shortText(text: string, start: number): number {
    const { length } = text
    const bytes = this.#bytes
    const view = this.#view
    let i = 0
    // Four at once: to write four bytes takes no longer than to write one.
    for (; i + 3 < length; i += 4) {
      const first = text.charCodeAt(i)
      const second = text.charCodeAt(i + 1)
      const third = text.charCodeAt(i + 2)
      const fourth = text.charCodeAt(i + 3)
      if ((first | second | third | fourth) >= 0x80) break
      view.setInt32(start + i, first | (second << 8) | (third << 16) | (fourth << 24), true)
    }
    for (; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code >= 0x80) break
      bytes[start + i] = code
    }
    return i === length ? start + i : this.#characters(text, i, start + i)
  }

  /** The characters from the `i`-th on as UTF-8, written at `at`; returns where they end. */
  #characters(text: string, i: number, at: number): number {
    const bytes = this.#bytes
    let end = at
    for (const character of text.slice(i)) {
      const point = character.codePointAt(0) ?? 0
      if (point < 0x80) {
        bytes[end++] = point
      } else if (point < 0x800) {
        bytes[end++] = 0xc0 | (point >> 6)
        bytes[end++] = 0x80 | (point & 0x3f)
      } else if (point < 0x10000) {
        const sound = (point & 0xf800) === 0xd800 ? REPLACEMENT : point
        bytes[end++] = 0xe0 | (sound >> 12)
        bytes[end++] = 0x80 | ((sound >> 6) & 0x3f)
        bytes[end++] = 0x80 | (sound & 0x3f)
      } else {
        bytes[end++] = 0xf0 | (point >> 18)
        bytes[end++] = 0x80 | ((point >> 12) & 0x3f)
        bytes[end++] = 0x80 | ((point >> 6) & 0x3f)
        bytes[end++] = 0x80 | (point & 0x3f)
      }
    }
    return end
  }

  #longString(tag: number, text: string): void {
    const lengthBytes = varintSize(text.length)
    const start = this.open(tag, lengthBytes)
    const room = this.#end - start
    // How long it will be is asked only where it might not fit: to ask takes as long as to write.
    if (room < MAX_CHARACTER_BYTES * text.length && room < Buffer.byteLength(text)) throw NO_ROOM
    this.#position = start + this.#bytes.write(text, start, room)
    this.close(start, lengthBytes)
  }

  /** Writes a varint where there is room for it; returns where it ends. */
  #varintAt(position: number, value: number): number {
    let at = position
    let rest = value
    while (rest >= VARINT_BYTE) {
      this.#bytes[at++] = (rest & 0x7f) | VARINT_BYTE
      rest >>>= 7
    }
    this.#bytes[at++] = rest
    return at
  }

  /** The next so many bytes are to be written; returns where they begin. @throws NO_ROOM */
  #claim(bytes: number): number {
    const at = this.#position
    const end = at + bytes
    if (end > this.#end) throw NO_ROOM
    this.#position = end
    return at
  }
}

/** How many bytes a varint takes. */
export function varintSize(value: number): number {
  if (value < 2 ** 7) return 1
  if (value < 2 ** 14) return 2
  if (value < 2 ** 21) return 3
  return value < 2 ** 28 ? 4 : 5
}

/** The value of a hexadecimal digit; −1 for another character. */
function digit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  // 'A' to 'F' and 'a' to 'f' differ in one bit.
  const letter = code | 0x20
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}
