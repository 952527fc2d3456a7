import { deepStrictEqual } from 'node:assert/strict'
import { type Cell, type CellResult, ExitMatrix } from './exit/cells.js'
import { inParallel } from './exit/in-parallel.js'
import { namespaceProblem } from './exit/run-program.js'

const AT_ONCE = 4
const DEAD_MILLIS = 1_000

/** Some of the matrix, with every ending, receiver and mode among them; the whole is test/stress/exit-matrix.ts. */
const CELLS: readonly Cell[] = [
  { ending: 'normal end', receiver: '503 for 2 s', mode: 'sliding' },
  { ending: 'normal end', receiver: 'hanging', mode: 'dropping' },
  { ending: 'process.exit(0)', receiver: '200 ms a request', mode: 'blocking' },
  { ending: 'process.exit(0)', receiver: 'refusing', mode: 'dropping' },
  { ending: 'process.exit(1)', receiver: 'fast', mode: 'dropping' },
  { ending: 'uncaught throw', receiver: '503 for 2 s', mode: 'blocking' },
  { ending: 'uncaught throw', receiver: 'refusing', mode: 'sliding' },
  { ending: 'unhandled rejection', receiver: '200 ms a request', mode: 'sliding' },
  { ending: 'SIGTERM', receiver: 'fast', mode: 'blocking' },
  { ending: 'SIGTERM', receiver: '503 for 2 s', mode: 'dropping' },
  { ending: 'SIGTERM', receiver: 'hanging', mode: 'blocking' },
  { ending: 'SIGINT', receiver: '200 ms a request', mode: 'dropping' },
  { ending: 'SIGTERM as PID 1', receiver: 'fast', mode: 'blocking' },
  { ending: 'SIGTERM as PID 1', receiver: 'refusing', mode: 'sliding' },
  { ending: 'SIGTERM with a handler', receiver: '200 ms a request', mode: 'blocking' },
]

describe('a process that logs 20,000 records and ends at once', () => {
  const problem = namespaceProblem()
  const cells = CELLS.filter(({ ending }) => problem === undefined || ending !== 'SIGTERM as PID 1')
  const results = new Map<Cell, CellResult>()

  before('end some', async function () {
    this.timeout(120_000)
    if (problem !== undefined) console.log(`    not as PID 1: ${problem}`)
    const matrix = new ExitMatrix(process.execPath, DEAD_MILLIS)
    await inParallel(AT_ONCE, cells, async (cell) => results.set(cell, await matrix.run(cell)))
  })

  for (const cell of cells) {
    const { ending, receiver, mode } = cell
    const isDead = receiver === 'refusing' || receiver === 'hanging'
    const what = isDead
      ? 'ends in time, as it would have, and says what is lost'
      : 'ends as it would have, and loses nothing that was accepted'
    it(`${what} (${ending}, ${receiver}, ${mode})`, () => {
      deepStrictEqual(results.get(cell)?.faults, [])
    })
  }
})
