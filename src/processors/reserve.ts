/** Room that only records of some severity may take, so that a flood of debug lines cannot keep errors out. */
export interface Reserve {
  /** The lowest OpenTelemetry severity number (1 to 24) that may use the reserved room. */
  readonly minSeverity: number
  /** The part of the queue that is reserved: more than 0, less than 1. */
  readonly fraction: number
}

/** How full a queue may be for a record of some severity. */
export class RoomBySeverity {
  readonly #capacity: number
  readonly #unreserved: number
  readonly #minSeverity: number

  constructor(capacity: number, reserve: Reserve | undefined) {
    this.#capacity = capacity
    // Rounded so that at least one place is left for everybody.
    this.#unreserved = capacity - Math.floor(capacity * (reserve?.fraction ?? 0))
    this.#minSeverity = reserve?.minSeverity ?? 0
  }

  /** The room for a record, in the unit of the capacity. A record without a severity has the lowest. */
  for(severity: number | undefined): number {
    return (severity ?? 0) >= this.#minSeverity ? this.#capacity : this.#unreserved
  }
}
