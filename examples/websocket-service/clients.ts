/*
 * The load on the service: clients that send in bursts, a process of its own, so that what they do takes nothing from
 * the service's event loop. Started with the service's URL and for how many seconds; sends its parent `{ sent }`, how
 * many messages it sent, once every connection is closed, so that each of them has reached the service.
 */
import { once } from 'node:events'
import { setInterval } from 'node:timers/promises'
import { WebSocket } from 'ws'

const CLIENTS = 10
/** No part of the progress lines' interval, so that these see the queues at different moments. */
const BURST_EVERY_MILLIS = 230
/** Messages of one client in one burst, in turn: three bursts the queues have room for, and one they do not. */
const BURSTS = [20, 40, 20, 300] as const

const [url, seconds] = process.argv.slice(2)
if (url === undefined || seconds === undefined) throw new Error('usage: clients.js <url> <seconds>')

const end = performance.now() + Number(seconds) * 1000
const clients = Array.from({ length: CLIENTS }, () => new WebSocket(url))
await Promise.all(clients.map((client) => once(client, 'open')))
process.on('disconnect', () => process.exit())

let sent = 0
let burst = 0
for await (const _ of setInterval(BURST_EVERY_MILLIS)) {
  if (performance.now() >= end) break
  const size = BURSTS[burst++ % BURSTS.length] ?? 0
  for (const [index, client] of clients.entries()) {
    for (let message = 0; message < size; message++) {
      client.send(`client ${index} says ${burst}.${message}`)
      sent++
    }
  }
}

for (const client of clients) client.close()
await Promise.all(clients.map((client) => once(client, 'close')))
process.send?.({ sent })
process.disconnect?.()
