/**
 * Whether the ratios are still what they were: runs all benchmarks, shortened, and compares with `baseline.json`.
 *
 * A ratio fails when it is worse than the baseline by more than its tolerance, which is a factor. Tolerances are wide,
 * because the check has to hold on two cores that are shared with others, where a run of a second or two differs from
 * the next by a half, and the tail of a distribution by its double: it is meant to find gross
 * mistakes, such as work moved back to the caller's thread, and sees nothing smaller than its tolerance. Small losses
 * are for `npm run bench` on a quiet machine.
 *
 * `--update` writes the baseline from this run instead.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { latency } from './latency.js'
import { refusal } from './refusal.js'
import { machine, number, printTable, type Ratio, type Report } from './support/report.js'
import { throughput } from './throughput.js'

/** Beside the sources: the compiled program is in build/benchmarks. */
const BASELINE = fileURLToPath(new URL('../../benchmarks/baseline.json', import.meta.url))

/** Which ratios are compared, and by what factor each may be worse. The others are too unsteady in a short run. */
const COMPARED: readonly (readonly [name: RegExp, better: 'higher' | 'lower', tolerance: number])[] = [
  [/^into .*: (processor|facade) .* sdk protobuf, throughput$/, 'higher', 2],
  [/^into .*: (processor|facade) .* sdk protobuf, CPU$/, 'lower', 1.6],
  [/^(processor|facade) .* sdk protobuf, loop delay p99$/, 'lower', 3],
  [/sdk protobuf, call p50$/, 'lower', 2],
  [/^(processor|facade) .* sdk protobuf, CPU$/, 'lower', 1.8],
  [/refused \/ accepted$/, 'lower', 3],
]

interface Comparison {
  readonly ratio: Ratio
  readonly baseline: number | undefined
  readonly limit: number
  readonly isWithin: boolean
}

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } })
const reports: readonly Report[] = [
  await throughput({ rounds: 3, scale: 0.3, settings: ['equal'] }),
  await latency({ rounds: 2, scale: 0.3, cores: ['shared'] }),
  await refusal({ rounds: 3, scale: 0.3 }),
]
const ratios = reports.flatMap((report) => report.ratios)
if (values.update) await update(ratios)
else await check(ratios)

async function update(ratios: readonly Ratio[]): Promise<void> {
  const compared = ratios.filter(({ name }) => ruleFor(name) !== undefined)
  const baseline = {
    machine: machine(),
    date: new Date().toISOString().slice(0, 10),
    ratios: Object.fromEntries(compared.map(({ name, value }) => [name, Number(value.toFixed(3))])),
  }
  await writeFile(BASELINE, `${JSON.stringify(baseline, undefined, 2)}\n`)
}

async function check(ratios: readonly Ratio[]): Promise<void> {
  const baseline: { readonly ratios: Record<string, number> } = JSON.parse(await readFile(BASELINE, 'utf8'))
  const comparisons = ratios.flatMap((ratio) => compare(ratio, baseline.ratios[ratio.name]))
  printTable({
    title: `ratios against the baseline (${machine()})`,
    columns: ['', 'measured', 'baseline', 'limit', ''],
    rows: comparisons.map(({ ratio, baseline, limit, isWithin }) => [
      ratio.name,
      number(ratio.value, 3),
      baseline === undefined ? 'none' : number(baseline, 3),
      number(limit, 3),
      isWithin ? 'ok' : 'WORSE',
    ]),
  })
  const measured = new Set(comparisons.map(({ ratio }) => ratio.name))
  for (const name of Object.keys(baseline.ratios)) {
    if (!measured.has(name)) process.stdout.write(`not measured here: ${name}\n`)
  }
  const worse = comparisons.filter(({ isWithin }) => !isWithin)
  if (worse.length === 0) return
  process.stdout.write(
    `\n${worse.length} of ${comparisons.length} ratios are worse than their tolerance allows\n`,
  )
  process.exitCode = 1
}

/** Nothing for a ratio that is not compared; one without a baseline fails: the baseline is to be made anew. */
function compare(ratio: Ratio, baseline: number | undefined): Comparison[] {
  const rule = ruleFor(ratio.name)
  if (rule === undefined) return []
  const [, better, tolerance] = rule
  const limit =
    better === 'higher' ? (baseline ?? Number.NaN) / tolerance : (baseline ?? Number.NaN) * tolerance
  const isWithin = better === 'higher' ? ratio.value >= limit : ratio.value <= limit
  return [{ ratio, baseline, limit, isWithin }]
}

function ruleFor(name: string) {
  return COMPARED.find(([pattern]) => pattern.test(name))
}
