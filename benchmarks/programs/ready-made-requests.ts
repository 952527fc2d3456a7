// A thread that sends the same request as often as it is asked to, one after the other, with nothing but Node's HTTP
// client. It ends with its process.
import { Agent, request as httpRequest } from 'node:http'
import { workerData } from 'node:worker_threads'
import { ASKED, type FloorTask, SENT } from '../support/floor.js'

const { url, request, counts } = workerData as FloorTask
const words = new Int32Array(counts)
const agent = new Agent({ keepAlive: true })
const headers = { 'Content-Type': 'application/x-protobuf', 'Content-Length': String(request.byteLength) }
// A sleep that is only waited for would not keep the thread.
setInterval(() => {}, 1_000_000)

for (;;) {
  const asked = Atomics.load(words, ASKED)
  while (Atomics.load(words, SENT) < asked) {
    await send()
    Atomics.add(words, SENT, 1)
    Atomics.notify(words, SENT)
  }
  await Atomics.waitAsync(words, ASKED, asked).value
}

function send(): Promise<void> {
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
