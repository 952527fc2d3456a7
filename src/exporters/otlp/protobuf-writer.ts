/** Thrown when what is being written does not fit. One object, made once: it is a decision, not a fault. */
export const NO_ROOM = new Error('no room')

const VARINT_BYTE = 0x80
const TWO_TO_32 = 2 ** 32

/** What stands for a lone surrogate, which UTF-8 cannot express. */
const REPLACEMENT = 0xfffd

/** Strings up to here are written character by character, which is faster than a call out of JavaScript. */
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

  /** Sets aside the bytes for the length of a message that is probably so long; returns where the message starts. */
  open(probableLength: number): number {
    const reserved = varintSize(probableLength)
    this.#need(reserved)
    this.#position += reserved
    return this.#position
  }

  /** Completes the message that was opened with the same probable length and starts at `start`. */
  close(start: number, probableLength: number): void {
    const reserved = varintSize(probableLength)
    const length = this.#position - start
    const size = varintSize(length)
    if (size !== reserved) {
      this.#need(Math.max(0, size - reserved))
      this.#bytes.copyWithin(start - reserved + size, start, this.#position)
      this.#position += size - reserved
    }
    let at = start - reserved
    let rest = length
    while (rest >= VARINT_BYTE) {
      this.#bytes[at++] = (rest & 0x7f) | VARINT_BYTE
      rest >>>= 7
    }
    this.#bytes[at] = rest
  }

  /** A field's tag, or any byte. */
  byte(value: number): void {
    this.#need(1)
    this.#bytes[this.#position++] = value
  }

  /** An unsigned number below 2^32. */
  varint32(value: number): void {
    this.#need(5)
    let rest = value >>> 0
    while (rest >= VARINT_BYTE) {
      this.#bytes[this.#position++] = (rest & 0x7f) | VARINT_BYTE
      rest >>>= 7
    }
    this.#bytes[this.#position++] = rest
  }

  /** A whole number from −2^63 to 2^63 − 1. */
  int64(value: number): void {
    if (value >= 0 && value < TWO_TO_32) {
      this.varint32(value)
      return
    }
    let high = Math.floor(value / TWO_TO_32)
    let low = (value - high * TWO_TO_32) >>> 0
    high >>>= 0
    this.#need(10)
    while (high > 0) {
      this.#bytes[this.#position++] = (low & 0x7f) | VARINT_BYTE
      low = ((low >>> 7) | (high << 25)) >>> 0
      high >>>= 7
    }
    while (low >= VARINT_BYTE) {
      this.#bytes[this.#position++] = (low & 0x7f) | VARINT_BYTE
      low >>>= 7
    }
    this.#bytes[this.#position++] = low
  }

  /** A BigInt from −2^63 to 2^63 − 1. */
  bigInt64(value: bigint): void {
    let rest = BigInt.asUintN(64, value)
    this.#need(10)
    while (rest >= 128n) {
      this.#bytes[this.#position++] = Number(rest & 0x7fn) | VARINT_BYTE
      rest >>= 7n
    }
    this.#bytes[this.#position++] = Number(rest)
  }

  double(value: number): void {
    this.#need(8)
    this.#view.setFloat64(this.#position, value, true)
    this.#position += 8
  }

  fixed32(value: number): void {
    this.#need(4)
    this.#view.setUint32(this.#position, value, true)
    this.#position += 4
  }

  /** Seconds and nanoseconds as one fixed64 of nanoseconds, modulo 2^64. */
  nanoseconds(seconds: number, nanoseconds: number): void {
    this.#need(8)
    if (seconds !== this.#second) this.#splitSecond(seconds)
    const low = this.#secondLow + nanoseconds
    const carry = low >= 0 && low < TWO_TO_32 ? 0 : Math.floor(low / TWO_TO_32)
    this.#view.setUint32(this.#position, low, true)
    this.#view.setUint32(this.#position + 4, this.#secondHigh + carry, true)
    this.#position += 8
  }

  /** Bytes with their length before them. */
  lengthAndBytes(bytes: Uint8Array): void {
    this.varint32(bytes.length)
    this.#need(bytes.length)
    this.#bytes.set(bytes, this.#position)
    this.#position += bytes.length
  }

  /** The bytes that hexadecimal digits stand for, with their length before them; `false` if they are other characters. */
  lengthAndHex(hex: string): boolean {
    const length = hex.length >>> 1
    this.varint32(length)
    this.#need(length)
    let digits = 0
    for (let i = 0; i < length; i++) {
      const byte = (digit(hex.charCodeAt(2 * i)) << 4) | digit(hex.charCodeAt(2 * i + 1))
      digits |= byte
      this.#bytes[this.#position++] = byte
    }
    return digits >= 0
  }

  /** A string as UTF-8 with its length before it; a lone surrogate becomes U+FFFD. */
  lengthAndString(text: string): void {
    if (text.length <= SHORT_STRING) this.#shortString(text)
    else this.#longString(text)
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

  #shortString(text: string): void {
    const { length } = text
    // Three bytes a character at the most, so the length takes one byte, whatever the characters are.
    this.#need(1 + 3 * length)
    const bytes = this.#bytes
    const start = this.#position + 1
    let i = 0
    for (; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code >= 0x80) break
      bytes[start + i] = code
    }
    const end = i === length ? start + i : this.#characters(text, i, start + i)
    bytes[start - 1] = end - start
    this.#position = end
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

  #longString(text: string): void {
    const length = Buffer.byteLength(text)
    this.varint32(length)
    this.#need(length)
    this.#position += this.#bytes.write(text, this.#position, length, 'utf8')
  }

  #need(bytes: number): void {
    if (this.#position + bytes > this.#end) throw NO_ROOM
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
