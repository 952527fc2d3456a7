/**
 * The error of an export in which some of the records failed and the others arrived. Any exporter may report it, in
 * its export result or by throwing it from `exportSync`, so that the records are counted for what became of them.
 */
export class PartialExportError extends Error {
  /** How many records of the batch failed. */
  readonly failedRecords: number

  /** @param failedRecords how many records of the batch failed, from 0 to all of them. */
  constructor(message: string, failedRecords: number, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PartialExportError'
    this.failedRecords = failedRecords
  }
}

/** What the records failed with, where an error only says how many did; else the error. Never throws. */
export function causeOfFailure(error: unknown): unknown {
  try {
    const isPartial = typeof error === 'object' && error !== null && 'failedRecords' in error
    return isPartial && 'cause' in error ? error.cause : error
  } catch {
    return error
  }
}

/** How many of a batch's records an error stands for: all, unless it says otherwise. Never throws. */
export function failedRecords(error: unknown, batchSize: number): number {
  try {
    // By shape, not by class: the exporter may come with a copy of this package of its own.
    if (typeof error === 'object' && error !== null && 'failedRecords' in error) {
      const { failedRecords: failed } = error
      const isCount = typeof failed === 'number' && Number.isInteger(failed)
      if (isCount && failed >= 0 && failed <= batchSize) return failed
    }
  } catch {
    // An error that cannot be read says nothing.
  }
  return batchSize
}
