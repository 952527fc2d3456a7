/**
 * A resource and a scope as a request needs them: each piece with its tag and length before it, encoded once for as
 * long as the process lives.
 */
export interface EncodedContext {
  /** `ResourceLogs.resource`. */
  readonly resource: Uint8Array
  /** `ResourceLogs.schema_url`, or nothing. */
  readonly resourceSchemaUrl: Uint8Array
  /** `ScopeLogs.scope`. */
  readonly scope: Uint8Array
  /** `ScopeLogs.schema_url`, or nothing. */
  readonly scopeSchemaUrl: Uint8Array
}

/** Where the bytes of one encoded record are in its batch, and what it belongs to. */
export interface EncodedRecord<Context = EncodedContext> {
  readonly start: number
  readonly end: number
  readonly context: Context
}

/** Records in a row that belong to the same: from one to before another, counted from 0. */
export interface ContextRun<Context = EncodedContext> {
  readonly context: Context
  readonly from: number
  readonly to: number
}

/** Encoded records, their bytes one behind the other. */
export class EncodedBatch<Context = EncodedContext> {
  /** Memory that they are part of. */
  readonly bytes: Uint8Array
  /** Where in it each record begins, and where the last one ends. */
  readonly starts: Uint32Array
  /** What they belong to, in their order; none is empty, and all records are in one. */
  readonly runs: readonly ContextRun<Context>[]

  constructor(bytes: Uint8Array, starts: Uint32Array, runs: readonly ContextRun<Context>[]) {
    this.bytes = bytes
    this.starts = starts
    this.runs = runs
  }

  /** How many records there are. */
  get length(): number {
    return this.starts.length - 1
  }

  /** Those from one record to before another. */
  slice(from: number, to = this.length): EncodedBatch<Context> {
    const runs = this.runs
      .map((run) => ({
        context: run.context,
        from: Math.max(run.from, from) - from,
        to: Math.min(run.to, to) - from,
      }))
      .filter((run) => run.from < run.to)
    return new EncodedBatch(this.bytes, this.starts.subarray(from, to + 1), runs)
  }

  /** The records one by one. */
  *records(): Generator<EncodedRecord<Context>, void> {
    for (const { context, from, to } of this.runs) {
      for (let i = from; i < to; i++) {
        yield { start: this.starts[i] ?? 0, end: this.starts[i + 1] ?? 0, context }
      }
    }
  }
}
