// A thread that sends the batches which are handed to it, one after the other, with nothing but Node's HTTP client. It
// ends with its process.
import { Agent, request as httpRequest } from 'node:http'
import { workerData } from 'node:worker_threads'
import { EncodedBatch } from '#src/exporters/otlp/encoded-batch.js'
import { exportRequest } from '#src/exporters/otlp/export-request.js'
import { COPY_ALIGNMENT } from '#src/exporters/shared-copy.js'
import { ARRIVED, ASKED, CONTEXT, type HandedOver, INDEXED, TAKEN, wordsOf } from '../support/floor.js'

const MEMORY_BYTES = 4 * 1024 * 1024

const { url, context, records, index: indexMemory, words: memory } = workerData as HandedOver
const words = new Int32Array(memory)
const bytes = new Uint8Array(records)
const index = new Uint32Array(indexMemory)
/** Where the batch stays that is being sent. */
const slot = new Uint8Array(new SharedArrayBuffer(MEMORY_BYTES))
const slotIndex = new Uint32Array(new SharedArrayBuffer(2 * INDEXED * Uint32Array.BYTES_PER_ELEMENT))
const body = Buffer.allocUnsafeSlow(MEMORY_BYTES)
const agent = new Agent({ keepAlive: true })
// A sleep that is only waited for would not keep the thread.
setInterval(() => {}, 1_000_000)

let sent = 0
let first = 0
for (;;) {
  const asked = Atomics.load(words, ASKED)
  for (; sent < asked; sent++) {
    const [start = 0, end = 0, count = 0] = words.subarray(wordsOf(sent))
    const from = start % COPY_ALIGNMENT
    slot.set(bytes.subarray(start, end), from)
    for (let i = 0; i < count; i++) {
      const pair = 2 * ((first + i) % INDEXED)
      if (index[pair + 1] !== CONTEXT) throw new Error(`record ${first + i} has another context`)
      slotIndex[2 * i] = (index[pair] ?? 0) - start + from
      slotIndex[2 * i + 1] = CONTEXT
    }
    first += count
    // To a request, records that nobody has to tell apart are one.
    const batch = new EncodedBatch(slot, Uint32Array.of(from, from + end - start), [
      { context, from: 0, to: 1 },
    ])
    const request = exportRequest(batch, () => body)
    Atomics.add(words, TAKEN, count)
    await send(request)
    Atomics.add(words, ARRIVED, count)
    Atomics.notify(words, ARRIVED)
  }
  await Atomics.waitAsync(words, ASKED, asked).value
}

function send(request: Uint8Array): Promise<void> {
  const headers = { 'Content-Type': 'application/x-protobuf', 'Content-Length': String(request.byteLength) }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method: 'POST', agent, headers })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      response.resume()
      response.on('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`the receiver answered ${response.statusCode}`))
      })
    })
    outgoing.end(request)
  })
}
