const PARTIAL_SUCCESS_TAG = 0x0a
const REJECTED_LOG_RECORDS_TAG = 0x08

/**
 * How many records an `ExportLogsServiceResponse` says were rejected: `partial_success.rejected_log_records`. 0 where
 * it does not say, or is no such message: the receiver did accept the request.
 */
export function rejectedLogRecords(response: Uint8Array): number {
  const partialSuccess = field(response, PARTIAL_SUCCESS_TAG)
  if (!(partialSuccess instanceof Uint8Array)) return 0
  const rejected = field(partialSuccess, REJECTED_LOG_RECORDS_TAG)
  return typeof rejected === 'number' ? rejected : 0
}

/** The last occurrence of a field in a message; `undefined` if there is none, or the message is broken before it. */
function field(message: Uint8Array, wantedTag: number): Uint8Array | number | undefined {
  let found: Uint8Array | number | undefined
  let position = 0
  const varint = () => {
    let value = 0
    for (let factor = 1; position < message.length; factor *= 128) {
      const byte = message[position++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    return Number.NaN
  }
  while (position < message.length) {
    const tag = varint()
    const wireType = tag % 8
    let value: Uint8Array | number
    if (wireType === 0) {
      value = varint()
    } else if (wireType === 2) {
      const length = varint()
      if (!(position + length <= message.length)) return undefined
      value = message.subarray(position, position + length)
      position += length
    } else if (wireType === 1 || wireType === 5) {
      value = 0
      position += wireType === 1 ? 8 : 4
    } else {
      return undefined
    }
    if (tag === wantedTag) found = value
  }
  return found
}
