import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npmFolder } from './npm-folder.js'

const PACKAGE = '@streamfold/rotel-linux-x64'
const VERSION = '0.0.8-alpha'

/** Why Rotel cannot run here; undefined where it can. */
export function rotelUnavailable(): string | undefined {
  const platform = `${process.platform}-${process.arch}`
  return platform === 'linux-x64' ? undefined : `Rotel is published for linux-x64, and this is ${platform}`
}

/** Rotel, an OpenTelemetry agent written in Rust, as a receiver that keeps nothing. */
export class Rotel {
  /** Where logs are sent to, `/v1/logs` included. */
  readonly url: string
  readonly #agent: ChildProcess
  readonly #state: string
  readonly #progress = new EventEmitter()
  #output = ''

  private constructor(agent: ChildProcess, url: string, state: string) {
    this.#agent = agent
    this.url = url
    this.#state = state
    for (const stream of [agent.stdout, agent.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        this.#progress.emit('progress')
      })
    }
    agent.once('exit', () => this.#progress.emit('progress'))
  }

  /**
   * Installs Rotel if need be, and resolves once it takes connections.
   *
   * @param options `printsRecords`: whether it prints every log record it takes; it does unless told otherwise.
   */
  static async start({ printsRecords = true } = {}): Promise<Rotel> {
    const agentPath = await install()
    const [http, grpc] = await freePorts()
    const state = await mkdtemp(join(tmpdir(), 'sluice-rotel-'))
    const agent = spawn(
      agentPath,
      [
        ['start', '--exporter', 'blackhole'],
        printsRecords ? ['--debug-log', 'logs', '--debug-log-verbosity', 'detailed'] : [],
        ['--otlp-http-endpoint', `127.0.0.1:${http}`, '--otlp-grpc-endpoint', `127.0.0.1:${grpc}`],
        ['--pid-file', join(state, 'pid'), '--log-file', join(state, 'log'), '--disable-batching'],
      ].flat(),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const rotel = new Rotel(agent, `http://127.0.0.1:${http}/v1/logs`, state)
    // It listens before it says so.
    await rotel.waitForOutput('Starting Rotel')
    return rotel
  }

  /** Resolves with all of the output once `text` is in it. @throws when it is not after `timeoutMillis`, or Rotel ended */
  async waitForOutput(text: string, timeoutMillis = 10_000): Promise<string> {
    const signal = AbortSignal.timeout(timeoutMillis)
    while (!this.#output.includes(text)) {
      try {
        if (this.#hasEnded) throw new Error('Rotel ended')
        await once(this.#progress, 'progress', { signal })
      } catch (cause) {
        throw new Error(`expected ${JSON.stringify(text)} of Rotel, which printed:\n${this.#output}`, {
          cause,
        })
      }
    }
    return this.#output
  }

  async close(): Promise<void> {
    if (!this.#hasEnded) {
      this.#agent.kill()
      await once(this.#agent, 'exit')
    }
    await rm(this.#state, { recursive: true })
  }

  get #hasEnded(): boolean {
    return this.#agent.exitCode !== null || this.#agent.signalCode !== null
  }
}

/** The path of Rotel's program. */
async function install(): Promise<string> {
  const folder = await npmFolder(`rotel-${VERSION}`, [`${PACKAGE}@${VERSION}`])
  return join(folder, 'node_modules', PACKAGE, 'bin', 'rotel-agent')
}

/** Two free ports: Rotel can neither choose one itself nor do without its second listener. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')] as const
  const [first, second] = servers
  for (const server of servers) if (!server.listening) await once(server, 'listening')
  const ports: [number, number] = [portOf(first), portOf(second)]
  for (const server of servers) server.close()
  await Promise.all(servers.map((server) => once(server, 'close')))
  return ports
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
