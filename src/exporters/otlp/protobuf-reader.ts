/** Wire types of fields, the lowest three bits of a tag. */
const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5

/** No place in memory. */
const NONE = -1

/** A varint of so many bytes can be read with 32-bit arithmetic. */
const SHORT_VARINT_BYTES = 4

/** Thrown for bytes that are no protobuf message. */
export class BrokenMessageError extends Error {
  constructor() {
    super('not a protobuf message')
    this.name = 'BrokenMessageError'
  }
}

/**
 * Reads protobuf fields from memory, front to back. The caller goes through the fields of a message with
 *
 *     for (const end = reader.end(); reader.next(end); ) switch (reader.tag) { … }
 *
 * reading the values of those that it knows. Others are passed over (Protocol Buffers, "Unknown Fields"): a receiver may
 * answer with newer ones.
 *
 * @throws BrokenMessageError from any method, for bytes that are none.
 */
export class ProtobufReader {
  readonly #bytes: Buffer
  #position = 0
  #limit = 0
  #tag = 0
  /** Where the value of the last field begins: as long as the next byte comes from there, nobody has read it. */
  #value = NONE

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Starts anew: the bytes from `start` to `end` − 1 are read. */
  begin(start: number, end: number): void {
    this.#position = start
    this.#limit = Math.min(end, this.#bytes.length)
    this.#value = NONE
  }

  /** Goes to the next field before `end`, whatever was read of the last one; `false` if there is none. */
  next(end: number): boolean {
    if (this.#position === this.#value) this.#passOver()
    if (this.#position > end) throw new BrokenMessageError()
    const isThere = this.#position < end
    if (isThere) this.#tag = this.uint32()
    this.#value = isThere ? this.#position : NONE
    return isThere
  }

  /** The field number and wire type of the field that `next` went to. */
  get tag(): number {
    return this.#tag
  }

  #passOver(): void {
    switch (this.#tag & 7) {
      case VARINT:
        this.bigInt64()
        break
      case FIXED64:
        this.#take(8)
        break
      case LENGTH_DELIMITED:
        this.#take(this.uint32())
        break
      case FIXED32:
        this.#take(4)
        break
      default:
        throw new BrokenMessageError()
    }
  }

  /** The length of a nested message: returns where it ends. */
  end(): number {
    const length = this.uint32()
    const end = this.#position + length
    if (end > this.#limit) throw new BrokenMessageError()
    return end
  }

  /** A varint below 2^32. */
  uint32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new BrokenMessageError()
  }

  /** A signed 64-bit varint: as a number where that is exact, else as a BigInt. */
  int64(): number | bigint {
    const start = this.#position
    let value = 0
    for (let i = 0; i < SHORT_VARINT_BYTES; i++) {
      const byte = this.#byte()
      value |= (byte & 0x7f) << (7 * i)
      if (byte < 0x80) return value
    }
    this.#position = start
    const exact = this.bigInt64()
    const number = Number(exact)
    return BigInt(number) === exact ? number : exact
  }

  bigInt64(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, value)
    }
    throw new BrokenMessageError()
  }

  fixed32(): number {
    return this.#bytes.readUInt32LE(this.#take(4))
  }

  /** A fixed64 of nanoseconds, as seconds and nanoseconds. */
  nanoseconds(): [seconds: number, nanoseconds: number] {
    const time = this.#bytes.readBigUInt64LE(this.#take(8))
    return [Number(time / 1_000_000_000n), Number(time % 1_000_000_000n)]
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8))
  }

  string(): string {
    const length = this.uint32()
    const at = this.#take(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  hex(): string {
    const length = this.uint32()
    const at = this.#take(length)
    return this.#bytes.toString('hex', at, at + length)
  }

  /** A copy: what is read from may be written over later. */
  bytes(): Uint8Array {
    const length = this.uint32()
    const at = this.#take(length)
    return new Uint8Array(this.#bytes.subarray(at, at + length))
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] ?? 0
  }

  /** The next so many bytes are read; returns where they begin. */
  #take(bytes: number): number {
    const at = this.#position
    if (at + bytes > this.#limit) throw new BrokenMessageError()
    this.#position = at + bytes
    return at
  }
}
