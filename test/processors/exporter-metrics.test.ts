import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { type ExporterDescription, file, moduleExporter, QueueLogRecordProcessor, stdout } from 'otel-sluice'
import { byErrorType, meterProviderToCollect, type Point } from './suites/collected-metrics.js'
import { emitNumbers } from './suites/emitted-records.js'

const MODULE =
  'data:text/javascript,export class Mine { export(_, done) { done({ code: 0 }) } async shutdown() {} }'
const DURATION = 'otel.sdk.exporter.operation.duration'

describe('the metrics of an exporter on the export thread', () => {
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-metrics-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** What is collected once 30 records were flushed. */
  async function collected(exporter: ExporterDescription, count = 30) {
    const { meterProvider, collect } = meterProviderToCollect()
    const processor = new QueueLogRecordProcessor({
      exitHook: false,
      exporter,
      meterProvider,
      name: 'tested',
    })
    emitNumbers(processor, count)
    await processor.forceFlush()
    const isThere = (point: Point) => point.attributes['error.type'] !== undefined
    let points = await collect('tested')
    // Why records failed is a message from the other thread, which may come a turn after the flush.
    while (processor.stats().failed > 0 && !points.some(isThere)) {
      await turn()
      points = await collect('tested')
    }
    await processor.shutdown()
    return points
  }

  for (const [type, exporter] of [
    ['FileLogRecordExporter', () => file(join(folder, 'app.log'))],
    ['Mine', () => moduleExporter({ module: MODULE, exportName: 'Mine' })],
  ] as const) {
    it(`go by its class, ${type}, and name neither a server nor a status of HTTP`, async () => {
      const points = await collected(exporter())
      deepStrictEqual(byErrorType(points, 'otel.sdk.exporter.log.exported'), { '': 30 })
      const durations = points.filter(({ metric }) => metric === DURATION)
      deepStrictEqual(
        durations.map(({ attributes }) => attributes),
        [{ 'otel.component.type': type, 'otel.component.name': 'tested' }],
      )
    })
  }

  it('go by StreamLogRecordExporter for a standard stream', async () => {
    const points = await collected(stdout(), 0)
    const exported = points.find(({ metric }) => metric === 'otel.sdk.exporter.log.exported')
    strictEqual(exported?.attributes['otel.component.type'], 'StreamLogRecordExporter')
  })

  it('have the code of the error that records failed with', async () => {
    const points = await collected(file(folder))
    deepStrictEqual(byErrorType(points, 'otel.sdk.exporter.log.exported'), {
      '': 0,
      ERR_SLUICE_NOT_A_FILE: 30,
    })
  })
})
