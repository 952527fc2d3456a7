/**
 * What became of the records that left the queue. Each count is raised where the thing it counts happens, together
 * with the move it belongs to.
 */
export class Deliveries {
  inFlight = 0
  exported = 0
  failed = 0
  /** The part of `failed` that never reached the exporter: shutdown gave up on it. */
  abandoned = 0

  /** A batch came back: so many of its records arrived, so many did not. */
  settle(exported: number, failed: number): void {
    this.inFlight -= exported + failed
    this.exported += exported
    this.failed += failed
  }
}
