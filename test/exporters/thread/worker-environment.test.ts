import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { stripPreloads, withoutPreloads } from '#src/exporters/thread/worker-environment.js'

describe('the environment of the export thread', () => {
  describe('has no preloads', () => {
    const cases: [options: string, kept: string][] = [
      ['', ''],
      ['--import ./a.mjs', ''],
      ['--import=./a.mjs', ''],
      ['--require ./a.cjs', ''],
      ['--require=./a.cjs', ''],
      ['-r ./a.cjs', ''],
      ['--loader ./a.mjs --experimental-loader=./b.mjs', ''],
      ['--experimental_loader ./a.mjs', ''],
      ['  --import   ./a.mjs  -r   ./b.cjs  ', ''],
      ['--require "./with space.cjs"', ''],
      ['--require="./with space.cjs"', ''],
      ['"--require=./with space.cjs"', ''],
      ['"--require" "./with space.cjs"', ''],
      ['--req"uire" ./a.cjs', ''],
      ['--require "./a \\"quoted\\" \\\\ name.cjs"', ''],
      ['--import data:text/javascript,import%20"x=y"', ''],
    ]
    for (const [options, kept] of cases) {
      it(`in ${options}`, () => {
        strictEqual(stripPreloads(options), kept)
        strictEqual(
          stripPreloads(`--no-warnings ${options} --stack-trace-limit=50`),
          '--no-warnings --stack-trace-limit=50',
        )
      })
    }
  })

  it('keeps everything else, with its quotes', () => {
    const options =
      '--dns-result-order=ipv4first -C "a \\"condition\\"" --disable-warning="--import=x" --requires=1'
    strictEqual(stripPreloads(options), options)
  })

  it('keeps the other variables, and leaves the environment alone', () => {
    const environment = { NODE_OPTIONS: '--import ./a.mjs', HOME: '/home' }
    deepStrictEqual(withoutPreloads(environment), { NODE_OPTIONS: '', HOME: '/home' })
    deepStrictEqual(withoutPreloads({ HOME: '/home' }), { HOME: '/home' })
    strictEqual(environment.NODE_OPTIONS, '--import ./a.mjs')
  })
})
