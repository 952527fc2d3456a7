import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ReceiverSummary } from './arrivals.js'

/** The receiver that comes with the example, running as a child process. */
export interface ReceiverProcess {
  /** Where it listens: what `OTEL_EXPORTER_OTLP_ENDPOINT` would be set to. */
  readonly endpoint: string
  /** What has arrived there so far. */
  summary(): Promise<ReceiverSummary>
  /** Ends it, and resolves when it is gone. */
  stop(): Promise<void>
}

/** Starts the receiver. @throws when it ends instead of listening */
export async function startReceiver(): Promise<ReceiverProcess> {
  // Without the parent's own flags: `--inspect` or `--eval` are not meant for it.
  const child = fork(fileURLToPath(new URL('./receiver.js', import.meta.url)), { execArgv: [] })
  const endpoint = `http://127.0.0.1:${await portOf(child)}`
  return {
    endpoint,
    async summary() {
      const response = await fetch(`${endpoint}/summary`)
      const summary: unknown = await response.json()
      if (!isSummary(summary)) throw new TypeError('the receiver answered with something that is no summary')
      return summary
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill()
      await exited
    },
  }
}

async function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      const isReady = typeof message === 'object' && message !== null && 'port' in message
      if (isReady && typeof message.port === 'number') resolve(message.port)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the receiver ended with code ${code} before it listened`)))
  })
}

/** The receiver is this package's own, so its answer is looked at no closer than to tell it from another's. */
function isSummary(value: unknown): value is ReceiverSummary {
  return typeof value === 'object' && value !== null && 'handlers' in value && 'scopes' in value
}
