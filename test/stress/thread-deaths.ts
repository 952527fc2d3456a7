// Has the export thread die 60 times in each mode, at each step of the protocol and at any moment, and looks at what
// arrives. Prints figures; ends with an error if anything is lost, counted wrong or stuck.
import { atEachStep, atRandom, mortalRun, QUEUE } from '../processors/suites/mortal-run.js'

const ROUNDS = 3
const RANDOM_DEATHS = 36

for (const mode of ['dropping', 'sliding', 'blocking'] as const) {
  const isLoop = mode === 'blocking'
  const deaths = Array.from({ length: ROUNDS }, () => [
    ...atEachStep,
    ...atRandom(RANDOM_DEATHS / ROUNDS, !isLoop),
  ]).flat()
  const load = isLoop ? { records: 100_000 } : { records: 100_000, burst: 30 }
  const { stats, twice } = await mortalRun({ ...load, deaths, options: { ...QUEUE, mode } })
  const { exported, dropped, workerRestarts } = stats
  const refused = dropped.queue_full + dropped.evicted
  console.log(
    `${mode}: ${workerRestarts} deaths, ${exported} records exported, ${twice} of them twice, ${refused} refused or evicted, none lost`,
  )
}
