import { BrokenMessageError, ProtobufReader } from './protobuf-reader.js'

const PARTIAL_SUCCESS_TAG = 0x0a
const REJECTED_LOG_RECORDS_TAG = 0x08

/**
 * How many records an `ExportLogsServiceResponse` says were rejected: `partial_success.rejected_log_records`. 0 where
 * it does not say so, or is no such message: the receiver did accept the request.
 */
export function rejectedLogRecords(response: Uint8Array): number {
  const reader = new ProtobufReader(response)
  reader.begin(0, response.length)
  let rejected = 0
  try {
    while (reader.next(response.length)) {
      if (reader.tag === PARTIAL_SUCCESS_TAG) rejected = rejectedIn(reader)
    }
    return rejected
  } catch (error) {
    if (error instanceof BrokenMessageError) return 0
    throw error
  }
}

function rejectedIn(reader: ProtobufReader): number {
  let rejected = 0
  for (const end = reader.end(); reader.next(end); ) {
    if (reader.tag === REJECTED_LOG_RECORDS_TAG) rejected = Number(reader.int64())
  }
  return Math.max(0, rejected)
}
