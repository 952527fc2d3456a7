import { ProtobufWriter } from './protobuf-writer.js'

/** What stands behind the tag of a field that was written before: four bytes a word, the first one lowest. */
export interface EncodedField {
  readonly words: Int32Array
  readonly length: number
}

/** The field that `write` writes, its tag one byte; of `most` bytes at the most. */
export function encodeField(most: number, write: (writer: ProtobufWriter) => void): EncodedField {
  const writer = new ProtobufWriter(new ArrayBuffer(most))
  writer.begin(0, most)
  write(writer)
  return writer.fieldFrom(1)
}
