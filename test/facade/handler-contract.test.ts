import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTelemetry, QueueLogRecordProcessor, type Telemetry } from 'otel-sluice'
import { type Arrived, type ContractSubject, processorContract } from '../processors/suites/contract.js'
import { type ControlledExporter, obligingExporter } from '../processors/suites/controlled-exporter.js'
import { decodeJson } from '../support/decode-otlp.js'
import { OtlpReceiver } from '../support/otlp-receiver.js'

/** What of a record the contract is about. */
function arrivedOf({ body, attributes }: Partial<Arrived>): Arrived {
  return { body, attributes }
}

/** A telemetry with one handler, as the SDK's provider sees it, and what that handler got. */
function subject(add: (telemetry: Telemetry) => () => readonly Arrived[]): ContractSubject {
  const telemetry = createTelemetry()
  const arrived = add(telemetry)
  return { processor: telemetry.processor, arrived, settled: (promise) => promise }
}

function recordsOf(exporter: ControlledExporter): Arrived[] {
  return exporter.calls.flatMap(({ records }) => records.map(arrivedOf))
}

describe('every handler is a log record processor:', () => {
  for (const async of [false, true]) {
    processorContract(`a function (async: ${async})`, () =>
      subject(({ addHandler }) => {
        const seen: Arrived[] = []
        addHandler('function', ({ message, data }) => void seen.push({ body: message, attributes: data }), {
          async,
        })
        return () => seen
      }),
    )
  }

  processorContract('an exporter', () =>
    subject(({ addHandler }) => {
      const exporter = obligingExporter()
      addHandler('exporter', exporter)
      return () => recordsOf(exporter)
    }),
  )

  processorContract('a processor', () =>
    subject(({ addHandler }) => {
      const exporter = obligingExporter()
      addHandler('processor', new QueueLogRecordProcessor({ exporter, metrics: false, exitHook: false }))
      return () => recordsOf(exporter)
    }),
  )

  describe('of files', () => {
    let folder: string
    let files = 0
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    })
    after(() => rmSync(folder, { recursive: true }))

    for (const async of [false, { mode: 'dropping' }, { mode: 'sliding' }, { mode: 'blocking' }] as const) {
      processorContract(`a file (async: ${JSON.stringify(async)})`, () =>
        subject(({ addFileHandler }) => {
          const path = join(folder, `${files++}.jsonl`)
          addFileHandler('file', path, { async })
          return () => readFileSync(path, 'utf8').trimEnd().split('\n').flatMap(decodeJson).map(arrivedOf)
        }),
      )
    }
  })

  describe('of OTLP', () => {
    let receiver: OtlpReceiver
    let subjects = 0
    before(async () => {
      receiver = await OtlpReceiver.start()
    })
    after(() => receiver.close())

    for (const mode of ['dropping', 'sliding'] as const) {
      processorContract(`OTLP (${mode})`, () =>
        subject(({ addOtlpHandler }) => {
          const id = String(subjects++)
          addOtlpHandler('otlp', {
            exporter: { url: receiver.url, headers: { 'x-subject': id } },
            async: { mode },
          })
          return () =>
            receiver.requests
              .filter(({ headers }) => headers['x-subject'] === id)
              .flatMap(({ records }) => records.map(arrivedOf))
        }),
      )
    }
  })
})
