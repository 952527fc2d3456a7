import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../examples/websocket-service/main.js', import.meta.url))

/** Runs the WebSocket service example for a moment, with these variables and no OTLP settings of the machine's. */
export async function runExample(environment: Record<string, string> = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'))
  const child = spawn(process.execPath, [MAIN, '--seconds', '1.2'], {
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  const [code]: (number | null)[] = await once(child, 'close')
  const [stdout, stderr] = await output
  return { code, stdout, stderr }
}
