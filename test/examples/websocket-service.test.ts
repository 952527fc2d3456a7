import { match, ok, strictEqual } from 'node:assert/strict'
import { HANDLER_HEADER, SEQUENCE } from '../../examples/websocket-service/arrivals.js'
import { OtlpReceiver } from '../support/otlp-receiver.js'
import { runExample } from '../support/run-example.js'

describe('the WebSocket service example', () => {
  it('accounts for every record, and loses some where it may', async () => {
    const { code, stdout, stderr } = await runExample()
    strictEqual(code, 0, `${stdout}\n${stderr}`)
    match(
      stdout,
      /otlp-dropping \(dropping\)\n {2}emitted \d+ = .* dropped [1-9]\d* \([1-9]\d* queue_full\)\n/,
    )
    match(stdout, /otlp-sliding \(sliding\)\n {2}emitted \d+ = .* dropped [1-9]\d* \([1-9]\d* evicted\)\n/)
    match(stdout, /file-blocking \(blocking\)\n {2}emitted (\d+) = .* exported \1 \+ failed 0 \+ dropped 0\n/)
    match(stdout, /Every record is accounted for\.\n$/)
  })

  it("compares with what the user's own endpoint acknowledged", async () => {
    const receiver = await OtlpReceiver.start()
    const { code, stdout, stderr } = await runExample({
      OTEL_EXPORTER_OTLP_ENDPOINT: new URL('/', receiver.url).href,
    })
    await receiver.close()
    strictEqual(code, 0, `${stdout}\n${stderr}`)
    for (const handler of ['otlp-dropping', 'otlp-sliding']) {
      const requests = receiver.requests.filter(({ headers }) => headers[HANDLER_HEADER] === handler)
      const sequence = requests.flatMap(({ records }) =>
        records.map(({ attributes }) => attributes[SEQUENCE]),
      )
      strictEqual(new Set(sequence).size, sequence.length)
      ok(stdout.includes(`the endpoint acknowledged ${sequence.length}\n`), stdout)
    }
  })
})
