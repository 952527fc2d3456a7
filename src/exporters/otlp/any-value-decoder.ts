import { type AnyValue, type Attributes, setEntry } from '../../common/any-value.js'
import { VALUE_TAG as TAG } from './field-tags.js'
import type { ProtobufReader } from './protobuf-reader.js'

/** Reads one `KeyValue` into attributes. @throws BrokenMessageError */
export function readEntry(reader: ProtobufReader, attributes: Record<string, unknown>): void {
  let key = ''
  let value: AnyValue = null
  for (const end = reader.end(); reader.next(end); ) {
    switch (reader.tag) {
      case TAG.keyValueKey:
        key = reader.string()
        break
      case TAG.keyValueValue:
        value = readValue(reader)
        break
    }
  }
  setEntry(attributes, key, value)
}

/** Reads one `AnyValue`; one that holds nothing is null. @throws BrokenMessageError */
export function readValue(reader: ProtobufReader): AnyValue {
  let value: AnyValue = null
  for (const end = reader.end(); reader.next(end); ) {
    switch (reader.tag) {
      case TAG.stringValue:
        value = reader.string()
        break
      case TAG.boolValue:
        value = reader.uint32() !== 0
        break
      case TAG.intValue: {
        // Exporters know no BigInt: its digits, as in a queue on the thread that logs.
        const integer = reader.int64()
        value = typeof integer === 'bigint' ? integer.toString() : integer
        break
      }
      case TAG.doubleValue:
        value = reader.double()
        break
      case TAG.arrayValue:
        value = readArray(reader)
        break
      case TAG.kvlistValue:
        value = readMap(reader)
        break
      case TAG.bytesValue:
        value = reader.bytes()
        break
    }
  }
  return value
}

function readArray(reader: ProtobufReader): AnyValue {
  const items: AnyValue[] = []
  for (const end = reader.end(); reader.next(end); ) {
    if (reader.tag === TAG.repeatedValues) items.push(readValue(reader))
  }
  return items
}

function readMap(reader: ProtobufReader): Attributes {
  const map: Attributes = {}
  for (const end = reader.end(); reader.next(end); ) {
    if (reader.tag === TAG.repeatedValues) readEntry(reader, map)
  }
  return map
}
