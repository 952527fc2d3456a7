import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNoopMeter } from '@opentelemetry/api'
import { functionOption, numberOption } from '../common/settings.js'
import { isThenable } from '../common/thenable.js'
import type { HandlerOptions } from './handler-options.js'
import type { Telemetry } from './telemetry.js'
import type { TelemetryOptions } from './telemetry-options.js'

/** What logging costs a function, for as many calls of it as were asked for. */
export interface TelemetryImpact {
  /** Milliseconds for the calls alone. */
  readonly baselineMs: number
  /** Milliseconds for the calls with an event each that is in a file when the call that logged it returns. */
  readonly syncMs: number
  /** Milliseconds for the calls with an event each that goes to a queue for a file. */
  readonly asyncMs: number
  /** The same until all of these events are in the file: what is put off has to be done all the same. */
  readonly asyncDeliveredMs: number
  /** By how many per cent `syncMs` is more than `baselineMs`. */
  readonly syncOverheadPct: number
  /** By how many per cent `asyncMs` is more than `baselineMs`. */
  readonly asyncOverheadPct: number
  /** How many times as long as `asyncMs` is `syncMs`. */
  readonly improvementFactor: number
}

/** The call that measures what logging costs. */
export interface ImpactBenchmark {
  /**
   * Measures what logging an event with every call of a function costs, synchronously and asynchronously, into files in
   * a temporary folder, which is removed. The handlers of this telemetry, and its filters, have no part in it.
   *
   * The function is called three times `iterations`: in turns of at most 1,024 calls for each of the three ways, of which
   * the median counts. If it returns a promise, that is waited for.
   *
   * @param iterations how often, 1 to 16,777,216.
   * @returns rejects with what the function throws or its promise rejects with; with a TypeError or RangeError, naming
   *   it, if an argument is wrong; with a system error if there can be no temporary folder.
   */
  benchmarkTelemetryImpact(fn: () => unknown, iterations: number): Promise<TelemetryImpact>
}

const ITERATIONS = { option: 'iterations', min: 1, max: 2 ** 24 }
/** As many calls as fit into the queue, so that nothing that is timed is dropped instead. */
const QUEUE_SIZE = 1_024
/** There are at least so many turns, or there would be no median to speak of. */
const LEAST_TURNS = 9
/** The least time that counts as one, in milliseconds: quotients have to be numbers. */
const TICK_MILLIS = 1e-6

/** One of the three ways, and the milliseconds that a call took in each of its turns. */
class Way {
  readonly #telemetry: Telemetry | undefined
  readonly #millis: number[] = []
  readonly #deliveredMillis: number[] = []

  /** @param telemetry logs an event before every call; nothing does without one. */
  constructor(telemetry?: Telemetry) {
    this.#telemetry = telemetry
  }

  async take(fn: () => unknown, calls: number): Promise<void> {
    const start = performance.now()
    for (let call = 0; call < calls; call++) {
      this.#telemetry?.event('benchmark.call', { call })
      const result = fn()
      if (isThenable(result)) await result
    }
    const end = performance.now()
    await this.#telemetry?.flushTelemetry()
    this.#millis.push(Math.max(end - start, TICK_MILLIS) / calls)
    this.#deliveredMillis.push(Math.max(performance.now() - start, TICK_MILLIS) / calls)
  }

  get callMillis(): number {
    return median(this.#millis)
  }

  get deliveredCallMillis(): number {
    return median(this.#deliveredMillis)
  }
}

/** @param create makes a telemetry. */
export async function measureImpact(
  create: (options: TelemetryOptions) => Telemetry,
  fn: () => unknown,
  iterations: number,
): Promise<TelemetryImpact> {
  functionOption(fn, 'fn')
  numberOption(iterations, ITERATIONS)
  const folder = await mkdtemp(join(tmpdir(), 'otel-sluice-'))
  const writing = (name: string, options: HandlerOptions) => {
    // Whatever the environment filters; and no metrics of what is no handler of the application's.
    const telemetry = create({
      enabled: true,
      minLevel: 'info',
      nsFilter: '*',
      idFilter: '*',
      meterProvider: { getMeter: () => createNoopMeter() },
    })
    telemetry.addFileHandler(name, join(folder, `${name}.log`), options)
    return telemetry
  }
  const sync = writing('sync', { async: false })
  const async = writing('async', { async: { mode: 'dropping', bufferSize: QUEUE_SIZE } })
  try {
    const ways = [new Way(), new Way(sync), new Way(async)] as const
    await takeTurns(ways, fn, iterations)
    return impactOf(ways, iterations)
  } finally {
    await Promise.all([sync.shutdownTelemetry(), async.shutdownTelemetry()])
    await rm(folder, { recursive: true, force: true })
  }
}

async function takeTurns(ways: readonly Way[], fn: () => unknown, iterations: number): Promise<void> {
  const turns = Math.max(Math.min(LEAST_TURNS, iterations), Math.ceil(iterations / QUEUE_SIZE))
  const callsBefore = (turn: number) => Math.floor((turn * iterations) / turns)
  for (let turn = 0; turn < turns; turn++) {
    const calls = callsBefore(turn + 1) - callsBefore(turn)
    // Who comes first pays for what the turn before left behind: each of them in its turn.
    const first = turn % ways.length
    for (const way of [...ways.slice(first), ...ways.slice(0, first)]) await way.take(fn, calls)
  }
}

function impactOf([baseline, sync, async]: readonly [Way, Way, Way], iterations: number): TelemetryImpact {
  const overheadPct = (way: Way) => (100 * (way.callMillis - baseline.callMillis)) / baseline.callMillis
  return {
    baselineMs: baseline.callMillis * iterations,
    syncMs: sync.callMillis * iterations,
    asyncMs: async.callMillis * iterations,
    asyncDeliveredMs: async.deliveredCallMillis * iterations,
    syncOverheadPct: overheadPct(sync),
    asyncOverheadPct: overheadPct(async),
    improvementFactor: sync.callMillis / async.callMillis,
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
