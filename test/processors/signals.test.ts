import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ProgramEnd, runProgram } from '../support/child-program.js'
import { accept, delay, hang, OtlpReceiver } from '../support/otlp-receiver.js'
import type { EndingProgram } from './fixtures/ending-program.js'

const RECORDS = 1_000

function run(program: Omit<EndingProgram, 'records'>): Promise<ProgramEnd> {
  const options = { exitHook: { signals: true }, ...program.options }
  const told: EndingProgram = { ...program, records: RECORDS, options }
  return runProgram('processors/fixtures/ending-program.js', JSON.stringify(told))
}

describe('a signal that ends the process', () => {
  let receiver: OtlpReceiver
  let folder: string

  beforeEach(async () => {
    receiver = await OtlpReceiver.start()
    folder = mkdtempSync(join(tmpdir(), 'sluice-signals-'))
  })

  afterEach(async () => {
    await receiver.close()
    rmSync(folder, { recursive: true })
  })

  const line = `otel-sluice: ending: the process ended before ${RECORDS} log records were delivered\n`

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`ends it once everything is delivered from the export thread: ${signal}`, async () => {
      receiver.behaviour = () => delay(50, accept)
      const end = await run({ to: { thread: receiver.url }, ending: signal })
      deepStrictEqual([end.signal, end.stderr], [signal, ''])
      strictEqual(receiver.records.length, RECORDS)
    })
  }

  it('ends it once everything is delivered by an exporter that only answers later', async () => {
    receiver.behaviour = () => delay(50, accept)
    const end = await run({ to: { otlp: receiver.url }, ending: 'SIGTERM' })
    deepStrictEqual([end.signal, end.stderr], ['SIGTERM', ''])
    strictEqual(receiver.records.length, RECORDS)
  })

  it('ends it once everything is written to a file', async () => {
    const file = join(folder, 'log')
    const end = await run({ to: { file }, ending: 'SIGTERM' })
    deepStrictEqual([end.signal, end.stderr], ['SIGTERM', ''])
    strictEqual(readFileSync(file, 'utf8').match(/\n/g)?.length, RECORDS)
  })

  for (const how of ['otlp', 'thread'] as const) {
    it(`ends it when exitTimeoutMillis are over, and what is lost is said (${how})`, async () => {
      receiver.behaviour = () => hang
      const to = how === 'otlp' ? { otlp: receiver.url } : { thread: receiver.url }
      const end = await run({ to, ending: 'SIGTERM', options: { exitTimeoutMillis: 300 } })
      deepStrictEqual([end.signal, end.stderr], ['SIGTERM', line])
    })
  }

  it('ends it at once if it is the second one', async () => {
    receiver.behaviour = () => hang
    const end = await run({ to: { thread: receiver.url }, ending: 'second-signal' })
    deepStrictEqual([end.signal, end.stderr], ['SIGINT', ''])
  })

  it('ends it at once, without a word, where signals are left alone', async () => {
    const end = await run({ to: { thread: receiver.url }, ending: 'SIGTERM', options: { exitHook: true } })
    deepStrictEqual([end.signal, end.stderr], ['SIGTERM', ''])
    strictEqual(receiver.records.length, 0)
  })
})
