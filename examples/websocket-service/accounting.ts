import type { QueueStats } from 'otel-sluice'
import type { ArrivalsSummary } from './arrivals.js'

/** One handler's own account, and what is known of the place its records went to. */
export interface Account {
  readonly handler: string
  readonly stats: QueueStats
  readonly destination: Destination
}

export type Destination =
  /** What the receiver or the file holds. */
  | { readonly kind: 'arrivals'; readonly name: string; readonly arrivals: ArrivalsSummary }
  /** A receiver that cannot be asked: the records it acknowledged. */
  | { readonly kind: 'acknowledged'; readonly records: number }

/** What does not agree; empty when everything does. `messages`: how many the service logged through the handler. */
export function disagreements({ stats, destination }: Account, messages: number): string[] {
  const found: string[] = []
  const expect = (what: string, actual: number, expected: number) => {
    if (actual !== expected) found.push(`${what}: ${actual}, expected ${expected}`)
  }
  const { emitted, queueSize, inFlight, exported, failed } = stats
  expect('emitted', emitted, messages)
  expect('the sum of the account', queueSize + inFlight + exported + failed + droppedOf(stats), emitted)
  expect('still in the queue or in flight', queueSize + inFlight, 0)
  if (destination.kind === 'acknowledged') {
    expect('acknowledged', destination.records, exported)
    if (messages > 0 && destination.records === 0) found.push('nothing was acknowledged')
    return found
  }
  const { records, duplicates, outOfOrder, unnumbered, lowest, highest } = destination.arrivals
  expect('arrived', records, exported)
  expect('arrived twice', duplicates, 0)
  expect('arrived out of order', outOfOrder, 0)
  expect('arrived without a number', unnumbered, 0)
  // Which ones must be among them follows from the mode, unless an export failed.
  if (failed === 0 && messages > 0) {
    if (stats.mode !== 'sliding') expect('the first that arrived', lowest, 1)
    if (stats.mode !== 'dropping') expect('the last that arrived', highest, messages)
    if (stats.mode === 'blocking') expect('arrived, of all messages', records, messages)
  }
  return found
}

/** The account as people read it. */
export function describeAccount({ handler, stats, destination }: Account): string {
  const { mode, emitted, queueSize, inFlight, exported, failed } = stats
  const reasons = Object.entries(stats.dropped).filter(([, count]) => count > 0)
  const why = reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')
  return [
    `${handler} (${mode})`,
    `  emitted ${emitted} = queued ${queueSize} + in flight ${inFlight} + exported ${exported}` +
      ` + failed ${failed} + dropped ${droppedOf(stats)}${why && ` (${why})`}`,
    `  ${describeDestination(destination)}`,
  ].join('\n')
}

/** All that was dropped, for whatever reason. */
export function droppedOf({ dropped }: QueueStats): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0)
}

function describeDestination(destination: Destination): string {
  if (destination.kind === 'acknowledged') return `the endpoint acknowledged ${destination.records}`
  const { records, duplicates, outOfOrder, lowest, highest } = destination.arrivals
  return (
    `the ${destination.name} holds ${records}, from message ${lowest} to message ${highest},` +
    ` ${duplicates} of them twice, ${outOfOrder} out of order`
  )
}
