import { booleanOption, choiceOption, numberOption, objectOption } from '../common/settings.js'

/** When a file is rotated: it becomes a part, beside it, and the next line begins a new file. By size, by day, or both. */
export interface RotateOptions {
  /**
   * The size, in bytes, that a file is to keep to: it is rotated before a batch of lines that would make it larger. One
   * batch alone may be larger. At least 1024. Default: no limit.
   */
  readonly maxBytes?: number
  /** `daily`: with the first line of a new day, UTC. Default: files may be of any age. */
  readonly interval?: 'daily'
  /** How many parts are kept; older ones are deleted. 1 to 10000. Default: 8. */
  readonly keep?: number
  /** Whether parts are compressed, in the background. Only where one process alone writes to the file. Default: false. */
  readonly gzip?: boolean
}

/** The same with defaults filled in. Plain data: it goes to the export thread. */
export interface RotateSettings {
  readonly maxBytes: number
  readonly isDaily: boolean
  readonly keep: number
  readonly gzip: boolean
}

const MAX_BYTES = { option: 'rotate.maxBytes', min: 1024, max: Number.MAX_SAFE_INTEGER }
const KEEP = { option: 'rotate.keep', min: 1, max: 10_000 }

/** @throws TypeError or RangeError that names an option that is wrong, or if nothing says when to rotate. */
export function rotateOption(value: RotateOptions): RotateSettings {
  const { maxBytes, interval, keep = 8, gzip = false } = objectOption(value, 'rotate')
  if (maxBytes === undefined && interval === undefined) {
    throw new TypeError("rotate must have maxBytes, interval, or both, got neither: give interval: 'daily'")
  }
  return {
    maxBytes: maxBytes === undefined ? Number.MAX_SAFE_INTEGER : numberOption(maxBytes, MAX_BYTES),
    isDaily: interval !== undefined && choiceOption(interval, 'rotate.interval', ['daily']) === 'daily',
    keep: numberOption(keep, KEEP),
    gzip: booleanOption(gzip, 'rotate.gzip'),
  }
}
