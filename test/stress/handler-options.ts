// Changes the options of three handlers 10,000 times at random while a million records flow, and compares their accounts
// with what arrived. Prints them; ends with an error if they differ. Run with numbers for others: records, changes.
import { changeUnderLoad } from './handler-changes.js'

const [records = 1_000_000, changes = 10_000] = process.argv.slice(2).map(Number)
const start = performance.now()
for (const [id, { stats, arrived }] of Object.entries(await changeUnderLoad(records, changes))) {
  console.log(`${id}: ${arrived} arrived; ${JSON.stringify(stats)}`)
}
console.log(`${records} records, ${changes} changes, ${Math.round((performance.now() - start) / 1000)} s`)
