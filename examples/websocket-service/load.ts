import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs the clients against the service. Resolves with how many messages they sent, once all have reached it. */
export function runClients(url: string, seconds: number): Promise<number> {
  const clients = fork(fileURLToPath(new URL('./clients.js', import.meta.url)), [url, String(seconds)], {
    execArgv: [],
  })
  return new Promise((resolve, reject) => {
    clients.once('message', (message) => {
      const isDone = typeof message === 'object' && message !== null && 'sent' in message
      if (isDone && typeof message.sent === 'number') resolve(message.sent)
    })
    clients.once('error', reject)
    clients.once('exit', (code) => reject(new Error(`the clients ended early, with code ${code}`)))
  })
}
