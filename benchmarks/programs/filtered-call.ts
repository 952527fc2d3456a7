// What calls cost that come to nothing, and what a function costs that does nothing, called from the same place.
import { createTelemetry } from 'otel-sluice'
import { givenTask, tell } from '../support/child.js'
import { median } from '../support/rounds.js'

export interface FilteredCallTask {
  readonly laps: number
}

/** The arguments that all calls take: a level, a message or the name of an event, then nothing, then data. */
type LogCall = (first: 'info' | 'debug', second: undefined, data: object) => void

const CALLS = 200_000
const DATA = { port: 8080 }

const { laps } = givenTask<FilteredCallTask>()
let reached = 0
const disabled = createTelemetry({ enabled: false })
const filtered = createTelemetry({ nsFilter: { disallow: 'noisy.*' }, idFilter: { disallow: 'debug' } })
const choosy = createTelemetry()
for (const { addHandler } of [disabled, filtered]) addHandler('observer', () => void reached++)
choosy.addHandler('observer', () => void reached++, { minLevel: 'error' })
const noisy = filtered.logger('noisy.library')

/** With what each is given first. */
const SUBJECTS: Readonly<Record<string, readonly [call: LogCall, first: 'info' | 'debug']>> = {
  empty: [() => {}, 'info'],
  'disabled: log.info(…)': [disabled.log.info, 'info'],
  'disabled: log(…)': [disabled.log, 'info'],
  'disabled: event(…)': [disabled.event, 'info'],
  'below the level: log.debug(…)': [filtered.log.debug, 'debug'],
  'below the level: log(…)': [filtered.log, 'debug'],
  'scope disallowed: log(…)': [noisy.log, 'info'],
  'scope disallowed: event(…)': [noisy.event, 'info'],
  'event name disallowed: event(…)': [filtered.event, 'debug'],
  'wanted by no handler: log(…)': [choosy.log, 'info'],
}

const nanos = new Map(Object.keys(SUBJECTS).map((name): [string, number[]] => [name, []]))
for (let lap = -laps; lap < laps; lap++) {
  for (const [name, [call, first]] of Object.entries(SUBJECTS)) {
    const measured = nanosPerCall(call, first)
    // As many laps before them are for the compiler.
    if (lap >= 0) nanos.get(name)?.push(measured)
  }
}
if (reached > 0) throw new Error(`${reached} calls reached a handler`)
tell(Object.fromEntries([...nanos].map(([name, values]) => [name, median(values)])))

/**
 * All subjects are called from here. To a place from which so many functions are called, the compiler never brings the
 * body of one: so the call of the empty function remains a call.
 */
function nanosPerCall(call: LogCall, first: 'info' | 'debug'): number {
  const start = performance.now()
  for (let index = 0; index < CALLS; index++) call(first, undefined, DATA)
  return ((performance.now() - start) * 1e6) / CALLS
}
