import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Destination } from './accounting.js'
import { Arrivals } from './arrivals.js'
import { decodeJson } from './decode-logs.js'

/** A log file in a temporary directory of its own. */
export class LogFile {
  readonly path: string
  readonly #directory: string

  private constructor(directory: string) {
    this.#directory = directory
    this.path = join(directory, 'messages.jsonl')
  }

  static async create(): Promise<LogFile> {
    return new LogFile(await mkdtemp(join(tmpdir(), 'websocket-service-')))
  }

  /** What the file holds: OTLP-JSON, one request a line. */
  async destination(): Promise<Destination> {
    const arrivals = new Arrivals()
    for await (const line of createInterface({ input: createReadStream(this.path) })) {
      for (const record of decodeJson(line)) arrivals.add(record)
    }
    return { kind: 'arrivals', name: 'file', arrivals: arrivals.summary() }
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true })
  }
}
