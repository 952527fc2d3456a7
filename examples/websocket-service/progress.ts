import type { QueueStats } from 'otel-sluice'
import { droppedOf } from './accounting.js'

/** Where the numbers of the progress lines come from. */
export interface ProgressSource {
  messages(): number
  /** By the name of the handler. */
  readonly handlers: ReadonlyMap<string, { stats(): QueueStats }>
}

/** Progress as a table that grows by one line each time it is asked: rates since the line before, depths, drops. */
export class Progress {
  readonly #source: ProgressSource
  readonly #start = performance.now()
  #time = this.#start
  #messages = 0
  readonly #exported = new Map<string, number>()

  constructor(source: ProgressSource) {
    this.#source = source
  }

  header(): string {
    const names = [...this.#source.handlers.keys()].map((name) => ` | ${name.padEnd(COLUMNS.length)}`)
    return [
      `${' '.repeat(15)}${names.join('')}`,
      `  time    in/s ${` | ${COLUMNS}`.repeat(names.length)}`,
    ].join('\n')
  }

  line(): string {
    const now = performance.now()
    const seconds = (now - this.#time) / 1000
    this.#time = now
    const messages = this.#source.messages()
    const rate = Math.round((messages - this.#messages) / seconds)
    this.#messages = messages
    const time = ((now - this.#start) / 1000).toFixed(1)
    const handlers = [...this.#source.handlers].map(([name, handler]) => {
      const stats = handler.stats()
      const out = Math.round((stats.exported - (this.#exported.get(name) ?? 0)) / seconds)
      this.#exported.set(name, stats.exported)
      return ` | ${right(out, 6)}${right(stats.queueSize, 7)}${right(droppedOf(stats), 9)}`
    })
    return `${right(time, 4)} s ${right(rate, 7)} ${handlers.join('')}`
  }
}

const COLUMNS = ' out/s  queue  dropped'

function right(value: number | string, width: number): string {
  return String(value).padStart(width)
}
