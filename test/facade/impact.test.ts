import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTelemetry, type Telemetry } from 'otel-sluice'
import { runProgram } from '../support/child-program.js'

describe('benchmarkTelemetryImpact', () => {
  const { TMPDIR } = process.env
  let folder: string
  let telemetry: Telemetry

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    process.env.TMPDIR = folder
    telemetry = createTelemetry()
  })

  afterEach(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
    rmSync(folder, { recursive: true })
  })

  /** The lines of a file of the benchmark now. */
  function lines(file: string): number {
    const [benchmark] = readdirSync(folder)
    ok(benchmark !== undefined)
    try {
      return readFileSync(join(folder, benchmark, file), 'utf8').split('\n').length - 1
    } catch {
      return 0
    }
  }

  it('has times, and what follows from them', async () => {
    const impact = await telemetry.benchmarkTelemetryImpact(() => undefined, 100)
    const { baselineMs, syncMs, asyncMs, asyncDeliveredMs } = impact
    deepStrictEqual(Object.keys(impact), [
      'baselineMs',
      'syncMs',
      'asyncMs',
      'asyncDeliveredMs',
      'syncOverheadPct',
      'asyncOverheadPct',
      'improvementFactor',
    ])
    for (const millis of [baselineMs, syncMs, asyncMs]) ok(millis > 0)
    ok(asyncDeliveredMs >= asyncMs)
    const near = (value: number, other: number) => ok(Math.abs(value - other) <= 1e-9 * Math.abs(other))
    near(impact.syncOverheadPct, (100 * (syncMs - baselineMs)) / baselineMs)
    near(impact.asyncOverheadPct, (100 * (asyncMs - baselineMs)) / baselineMs)
    near(impact.improvementFactor, syncMs / asyncMs)
  })

  it('has the event in the file when a synchronous call returns, and all others when their turn is over', async () => {
    let calls = 0
    let synchronous = 0
    let fewerThanQueued = false
    await telemetry.benchmarkTelemetryImpact(() => {
      calls++
      const inFile = lines('sync.log')
      ok(inFile === synchronous || inFile === synchronous + 1)
      synchronous = inFile
      // Whatever was put off in a turn of three calls is there before the next turn of the same way.
      if (lines('async.log') < Math.floor(calls / 3) - 3) fewerThanQueued = true
    }, 27)
    strictEqual(calls, 3 * 27)
    strictEqual(synchronous, 27)
    ok(!fewerThanQueued)
  })

  it('measures also where the environment disables telemetry', async () => {
    process.env.OTEL_SLUICE_ENABLED = 'false'
    try {
      let most = 0
      await telemetry.benchmarkTelemetryImpact(() => {
        most = Math.max(most, lines('sync.log'))
      }, 3)
      ok(most > 0)
    } finally {
      delete process.env.OTEL_SLUICE_ENABLED
    }
  })

  it('adds no metrics to those of the application', async () => {
    // In a process of its own: in this one, processors of other tests may look for a meter provider just then.
    const { stdout, stderr } = await runProgram('facade/fixtures/impact-with-metrics.js')
    deepStrictEqual([stdout.trim(), stderr], ['meters: 0', ''])
  })

  it('leaves the handlers and filters of its telemetry alone', async () => {
    const seen: unknown[] = []
    telemetry.addHandler('own', ({ id }) => void seen.push(id))
    await telemetry.benchmarkTelemetryImpact(() => undefined, 10)
    deepStrictEqual(seen, [])
    deepStrictEqual(Object.keys(telemetry.getHandlers()), ['own'])
  })

  it('waits for promises', async () => {
    let pending = 0
    let most = 0
    await telemetry.benchmarkTelemetryImpact(async () => {
      most = Math.max(most, ++pending)
      await new Promise((resolve) => setImmediate(resolve))
      pending--
    }, 5)
    strictEqual(most, 1)
  })

  it('takes more calls than its queue holds, in turns', async () => {
    let calls = 0
    await telemetry.benchmarkTelemetryImpact(() => {
      calls++
    }, 10_001)
    strictEqual(calls, 3 * 10_001)
  })

  for (const [how, fail] of [
    ['throws', () => ok(false, 'its error')],
    ['rejects with', () => Promise.reject(new Error('its error'))],
  ] as const) {
    it(`passes on what the function ${how}, and removes its folder`, async () => {
      await rejects(telemetry.benchmarkTelemetryImpact(fail, 5), /^\w*(AssertionError|Error).*: its error$/s)
      deepStrictEqual(readdirSync(folder), [])
    })
  }

  it('removes its folder', async () => {
    await telemetry.benchmarkTelemetryImpact(() => undefined, 1)
    deepStrictEqual(readdirSync(folder), [])
  })

  it('rejects wrong arguments, naming them', async () => {
    await rejects(
      telemetry.benchmarkTelemetryImpact(() => undefined, 0),
      /iterations must be a whole number from 1 to/,
    )
    await rejects(telemetry.benchmarkTelemetryImpact(JSON.parse('1'), 1), /fn must be a function, got 1/)
  })
})
