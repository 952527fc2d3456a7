// The exit matrix: every way a process ends, with every kind of receiver, in every mode, on this Node.js and on Node.js
// 24. Prints what came of each; ends with status 1 if one does not hold.
import { availableParallelism } from 'node:os'
import { installNode24, NODE } from '../support/node-24.js'
import { allCells, type Cell, type CellResult, ENDINGS, ExitMatrix, MODES, RECEIVERS } from './exit/cells.js'
import { inParallel } from './exit/in-parallel.js'
import { namespaceProblem } from './exit/run-program.js'

const AT_ONCE = 4
const DEAD_MILLIS = 2_000

const problem = namespaceProblem()
if (problem !== undefined) console.log(`not run as PID 1: ${problem}`)
const cells = allCells().filter(({ ending }) => problem === undefined || ending !== 'SIGTERM as PID 1')
const nodes = [[process.version, process.execPath] as const]
if (process.version !== `v${NODE}`) nodes.push([`v${NODE}`, await installNode24()])
for (const [version, node] of nodes) {
  const start = performance.now()
  const matrix = new ExitMatrix(node, DEAD_MILLIS)
  const results = new Map(
    await inParallel(AT_ONCE, cells, async (cell) => [key(cell), await matrix.run(cell)]),
  )
  printTable(version, results)
  const faulty = [...results].filter(([, { faults }]) => faults.length > 0)
  for (const [cell, { faults }] of faulty) console.log(`${cell}: ${faults.join('; ')}`)
  const seconds = ((performance.now() - start) / 1_000).toFixed(0)
  console.log(
    `Node.js ${version}: ${cells.length - faulty.length} of ${cells.length} cells hold ` +
      `(${seconds} s, ${availableParallelism()} cores)`,
  )
  if (faulty.length > 0) process.exitCode = 1
}

function key({ ending, receiver, mode }: Cell): string {
  return [ending, receiver, mode].join(', ')
}

function printTable(version: string, results: ReadonlyMap<string, CellResult>): void {
  console.log(`\nNode.js ${version}: records that arrived of those accepted, and how long the end took`)
  const print = (first: string, rest: readonly string[]) =>
    console.log([first.padEnd(42), ...rest.map((text) => text.padStart(24))].join(''))
  print('', MODES)
  for (const ending of ENDINGS) {
    for (const receiver of RECEIVERS) {
      const texts = MODES.map((mode) => resultText(results.get(key({ ending, receiver, mode }))))
      print(`${ending}, ${receiver}`, texts)
    }
  }
}

function resultText(result: CellResult | undefined): string {
  if (result === undefined) return 'not run'
  const { arrived, accepted, endMillis, faults } = result
  return `${faults.length > 0 ? 'FAULT ' : ''}${arrived}/${accepted} ${(endMillis / 1_000).toFixed(1)} s`
}
