/** The most that is kept, in bytes: what five or six queues with the default options had. */
const MAX_SPARE_BYTES = 128 * 1024 * 1024

/**
 * The memory of rings that are gone, for those to come. Garbage collection gives it back late or never: V8 does not count
 * shared memory, and the export thread makes hardly any other garbage. A process that replaces its queues time and again
 * would grow with each.
 *
 * What is here, no thread reads or writes. Its content is what the last user left.
 */
export class SpareMemory {
  /** Oldest first. */
  readonly #buffers: SharedArrayBuffer[] = []
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes = MAX_SPARE_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** Memory of just this size: spare, or new. */
  take(bytes: number): SharedArrayBuffer {
    const index = this.#buffers.findIndex(({ byteLength }) => byteLength === bytes)
    const [spare] = index < 0 ? [] : this.#buffers.splice(index, 1)
    if (spare === undefined) return new SharedArrayBuffer(bytes)
    this.#bytes -= bytes
    return spare
  }

  /** Keeps memory that nobody uses any more; what was kept for longest goes where it is too much. */
  give(buffer: SharedArrayBuffer): void {
    if (buffer.byteLength > this.#maxBytes) return
    this.#buffers.push(buffer)
    this.#bytes += buffer.byteLength
    while (this.#bytes > this.#maxBytes) this.#bytes -= this.#buffers.shift()?.byteLength ?? this.#bytes
  }
}
