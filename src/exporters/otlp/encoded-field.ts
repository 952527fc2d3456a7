import { ProtobufWriter } from './protobuf-writer.js'

/** What stands behind the tag of a field that was written before. */
export interface EncodedField {
  /**
   * Its bytes, eight a number, the first one lowest, and zeroes up to a whole block of numbers: to copy a number takes no
   * longer than to copy a byte. None is a NaN, whose bits JavaScript need not keep (ECMAScript, "NumericToRawBytes").
   */
  readonly numbers: Float64Array
  /** How many bytes it has. */
  readonly length: number
}

/** The field that `write` writes, its tag one byte; of `most` bytes at the most. `undefined` if it cannot be kept. */
export function encodeField(most: number, write: (writer: ProtobufWriter) => void): EncodedField | undefined {
  const writer = new ProtobufWriter(new ArrayBuffer(most))
  writer.begin(0, most)
  write(writer)
  return writer.fieldFrom(1)
}
