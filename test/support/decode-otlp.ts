// The example's receiver decodes with the same code, and an example imports nothing from the tests.
export {
  type DecodedLogRecord,
  type DecodedResource,
  type DecodedScope,
  decodeJson,
  decodeProtobuf,
  type ExactEntries,
  type ExactValue,
  type PlainValue,
} from '../../examples/websocket-service/decode-logs.js'
