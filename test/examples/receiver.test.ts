import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { HANDLER_HEADER, SEQUENCE } from '../../examples/websocket-service/arrivals.js'
import { type ReceiverProcess, startReceiver } from '../../examples/websocket-service/receiver-process.js'
import { exportTo, sdkRecords } from '../support/sdk-records.js'

describe("the example's receiver", () => {
  let receiver: ReceiverProcess

  beforeEach(async () => {
    receiver = await startReceiver()
  })

  afterEach(async () => {
    await receiver.stop()
  })

  /** Exports one record for each sequence number, as the handler `handler`. */
  async function send(Exporter: typeof JsonExporter, handler: string, sequence: number[]): Promise<void> {
    const exporter = new Exporter({
      url: `${receiver.endpoint}/v1/logs`,
      headers: { [HANDLER_HEADER]: handler },
    })
    await exportTo(
      exporter,
      sdkRecords(...sequence.map((number) => ({ attributes: { [SEQUENCE]: number } }))),
    )
    await exporter.shutdown()
  }

  it('counts a refused request, and no records for it', async () => {
    const response = await fetch(`${receiver.endpoint}/v1/logs`, { method: 'POST', body: '{}' })
    strictEqual(response.status, 415)
    deepStrictEqual(await receiver.summary(), { requests: 1, refused: 1, handlers: {}, scopes: {} })
  })

  it('sees duplicates, disorder and records without a sequence number', async () => {
    await send(JsonExporter, 'a', [5, 3, 3])
    const unnumbered = new JsonExporter({ url: `${receiver.endpoint}/v1/logs` })
    await exportTo(unnumbered, sdkRecords({ body: 'no number' }))
    await unnumbered.shutdown()
    const { handlers } = await receiver.summary()
    deepStrictEqual(handlers, {
      a: { records: 3, duplicates: 1, outOfOrder: 1, unnumbered: 0, lowest: 3, highest: 5 },
      '': { records: 1, duplicates: 0, outOfOrder: 0, unnumbered: 1, lowest: 0, highest: 0 },
    })
  })

  it('counts by handler and by scope, what comes in JSON and what comes in protobuf', async () => {
    await send(JsonExporter, 'json', [1, 2])
    await send(ProtobufExporter, 'protobuf', [1, 4, 9])
    const counts = { duplicates: 0, outOfOrder: 0, unnumbered: 0, lowest: 1 }
    deepStrictEqual(await receiver.summary(), {
      requests: 2,
      refused: 0,
      handlers: {
        json: { ...counts, records: 2, highest: 2 },
        protobuf: { ...counts, records: 3, highest: 9 },
      },
      scopes: { scope: 5 },
    })
  })

  it('ends when its parent is gone, however that came about', async () => {
    const module = new URL('../../examples/websocket-service/receiver-process.js', import.meta.url)
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { startReceiver } from '${module}'
        process.stdout.write((await startReceiver()).endpoint)
        setInterval(() => {}, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    try {
      const signal = AbortSignal.timeout(10_000)
      const [endpoint]: Buffer[] = await once(parent.stdout, 'data', { signal })
      ok((await fetch(`${endpoint}/summary`)).ok)
      parent.kill('SIGKILL')
      // The receiver holds the same pipe, so that it closes only when both are gone.
      await once(parent, 'close', { signal })
    } finally {
      parent.stdout.destroy()
    }
  })
})
