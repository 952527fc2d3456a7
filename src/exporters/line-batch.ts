const NEWLINE = 10

/** Where the lines begin: after the newline that every batch has in reserve. */
const FIRST_LINE = 1

/**
 * The bytes of a batch of lines, and how far they are written.
 *
 * A newline byte ends a line and stands nowhere else, so counting them says which lines are out in full.
 */
export class LineBatch {
  /** Begins with a newline that is written only where another batch left a torn line behind. */
  readonly bytes: Uint8Array
  #position = FIRST_LINE

  /** @param lines each of them with a newline at its end; none at all is a batch too. */
  constructor(lines: string) {
    this.bytes = Buffer.from(`\n${lines}`)
  }

  /** Where the bytes begin that are not written yet. */
  get position(): number {
    return this.#position
  }

  /** How many bytes are not written yet. */
  get remaining(): number {
    return this.bytes.length - this.#position
  }

  get isUntouched(): boolean {
    return this.#position === FIRST_LINE
  }

  /** Whether the byte written last is within a line. */
  get tearsLine(): boolean {
    return this.#position > FIRST_LINE && this.bytes[this.#position - 1] !== NEWLINE
  }

  /** How many lines are out in full. One that lacks its newline alone is: whatever is written next supplies it. */
  get wholeLines(): number {
    return newlines(this.bytes.subarray(FIRST_LINE, this.#position + 1))
  }

  /** How many are not. */
  get unfinishedLines(): number {
    return newlines(this.bytes.subarray(this.#position + 1))
  }

  /** Ends the torn line of an earlier batch first, if nothing of this one is written yet. */
  endTornLine(): void {
    if (this.#position === FIRST_LINE && this.remaining > 0) this.#position = 0
  }

  advance(bytes: number): void {
    this.#position += bytes
  }
}

function newlines(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++
  return count
}
