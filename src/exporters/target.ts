/** A descriptor that is open for writing. */
export interface OpenDescriptor {
  readonly fd: number
  /**
   * Whether writes go through the thread pool, so that a slow disk holds nobody up. Only for regular files: they take
   * all they are given, and their size tells how much of it has arrived.
   */
  readonly inBackground: boolean
}

/** Where lines go. */
export interface Target {
  /** As messages name it. */
  readonly name: string
  /**
   * The descriptor, opened if it is not.
   *
   * @param moreBytes how much is about to be written, if it begins with a line and nothing is under way: then it may be
   *   another descriptor than before.
   * @throws why that cannot be done
   */
  open(moreBytes?: number): OpenDescriptor
  /** A write has failed: what is open now may be of no more use. */
  discard(error: unknown): void
  /** Lets go of everything. */
  close(): void
}
