import type { DecodedLogRecord } from './decode-logs.js'

/** The attribute in which the service numbers its messages, from 1 up. */
export const SEQUENCE = 'demo.sequence'

/** The request header that names the handler the records of a request come from. */
export const HANDLER_HEADER = 'x-demo-handler'

/** What has arrived at one place. */
export interface ArrivalsSummary {
  readonly records: number
  /** Records whose sequence number had arrived before. */
  readonly duplicates: number
  /** Records whose sequence number is below that of the record before. */
  readonly outOfOrder: number
  /** Records without a sequence number. */
  readonly unnumbered: number
  /** The lowest and the highest sequence number; 0 while there is none. */
  readonly lowest: number
  readonly highest: number
}

/** What the receiver tells about itself. */
export interface ReceiverSummary {
  readonly requests: number
  /** Requests that were refused, or broken off. */
  readonly refused: number
  readonly handlers: Readonly<Record<string, ArrivalsSummary>>
  /** Records by the name of their instrumentation scope. */
  readonly scopes: Readonly<Record<string, number>>
}

/** Counts the records that arrive at one place, and which of the messages they stand for. */
export class Arrivals {
  #records = 0
  #duplicates = 0
  #outOfOrder = 0
  #unnumbered = 0
  #last = 0
  #lowest = Number.POSITIVE_INFINITY
  #highest = 0
  readonly #seen = new Set<number>()

  add(record: DecodedLogRecord): void {
    this.#records++
    const sequence = record.attributes[SEQUENCE]
    if (typeof sequence !== 'number') {
      this.#unnumbered++
      return
    }
    if (this.#seen.has(sequence)) this.#duplicates++
    if (sequence < this.#last) this.#outOfOrder++
    this.#seen.add(sequence)
    this.#last = sequence
    this.#lowest = Math.min(this.#lowest, sequence)
    this.#highest = Math.max(this.#highest, sequence)
  }

  summary(): ArrivalsSummary {
    return {
      records: this.#records,
      duplicates: this.#duplicates,
      outOfOrder: this.#outOfOrder,
      unnumbered: this.#unnumbered,
      lowest: this.#seen.size === 0 ? 0 : this.#lowest,
      highest: this.#highest,
    }
  }
}
