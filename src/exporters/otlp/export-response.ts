const PARTIAL_SUCCESS_TAG = 0x0a
const REJECTED_LOG_RECORDS_TAG = 0x08
const LONGEST_VARINT = 10
const TWO_TO_63 = 2 ** 63

/**
 * How many records an `ExportLogsServiceResponse` says were rejected: `partial_success.rejected_log_records`. 0 where
 * it does not say so, or is no such message: the receiver did accept the request.
 */
export function rejectedLogRecords(response: Uint8Array): number {
  const partialSuccess = field(response, PARTIAL_SUCCESS_TAG)
  if (!(partialSuccess instanceof Uint8Array)) return 0
  const rejected = field(partialSuccess, REJECTED_LOG_RECORDS_TAG)
  // From 2^63 on it stands for a negative number, which is none of records.
  return typeof rejected === 'number' && rejected < TWO_TO_63 ? rejected : 0
}

/** The last occurrence of a field in a message; `undefined` if there is none, or the message is broken. */
function field(message: Uint8Array, wantedTag: number): Uint8Array | number | undefined {
  let found: Uint8Array | number | undefined
  let position = 0
  /** `undefined` if it does not end. */
  const varint = () => {
    let value = 0
    for (let i = 0; i < LONGEST_VARINT && position < message.length; i++) {
      const byte = message[position++] ?? 0
      value += (byte & 0x7f) * 128 ** i
      if (byte < 0x80) return value
    }
    return undefined
  }
  while (position < message.length) {
    const tag = varint()
    if (tag === undefined) return undefined
    const wireType = tag % 8
    let value: Uint8Array | number | undefined
    if (wireType === 0) {
      value = varint()
    } else if (wireType === 2) {
      const length = varint() ?? Number.POSITIVE_INFINITY
      if (position + length <= message.length) value = message.subarray(position, position + length)
      position += length
    } else if (wireType === 1 || wireType === 5) {
      value = 0
      position += wireType === 1 ? 8 : 4
    }
    if (value === undefined || position > message.length) return undefined
    if (tag === wantedTag) found = value
  }
  return found
}
