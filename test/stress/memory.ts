// How far the memory of a process grows that logs 10 million records while its receiver hangs. Prints figures; ends with
// status 1 if it is more than it may be.
import { accountedFor } from '../processors/suites/accounted-for.js'
import { ALLOWED_GROWTH_BYTES, memoryGrowth } from './memory-growth.js'

const RECORDS = 10_000_000
const TIMEOUT_MILLIS = 300_000

const inMegabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

for (const mode of ['dropping', 'sliding'] as const) {
  const { before, peak, stats } = await memoryGrowth(mode, RECORDS, TIMEOUT_MILLIS)
  const growth = peak - before
  const isAccounted = stats.emitted === accountedFor(stats)
  console.log(
    `${mode}: ${stats.emitted} records, ${inMegabytes(before)} after the first batch, at the most ${inMegabytes(peak)}: ` +
      `grew by ${inMegabytes(growth)} of the ${inMegabytes(ALLOWED_GROWTH_BYTES)} it may` +
      (isAccounted ? '' : '; the accounts do not add up'),
  )
  if (growth > ALLOWED_GROWTH_BYTES || !isAccounted) process.exitCode = 1
}
