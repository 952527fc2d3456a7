import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { ExitCoordinator, type ExitParticipant } from '#src/processors/exit-coordinator.js'
import { ManualClock } from '../support/manual-clock.js'
import { StandInProcess } from '../support/stand-in-process.js'

/** Takes so long to flush, and notes down what it is asked for. */
class Participant implements ExitParticipant {
  readonly name: string
  readonly wantsSignals: boolean
  readonly #clock: ManualClock
  readonly #calls: string[]
  readonly #flushMillis: number
  readonly #drainMillis: number

  constructor(
    name: string,
    clock: ManualClock,
    calls: string[],
    { wantsSignals = true, flushMillis = 0, drainMillis = 0 } = {},
  ) {
    this.name = name
    this.wantsSignals = wantsSignals
    this.#clock = clock
    this.#calls = calls
    this.#flushMillis = flushMillis
    this.#drainMillis = drainMillis
  }

  flushBeforeExit(): void {
    this.#calls.push(`${this.name} flushes before exit`)
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(this.#flushMillis, () => {
        this.#calls.push(`${this.name} flushes`)
        resolve()
      })
    })
  }

  urge(): void {
    this.#calls.push(`${this.name} is urged`)
  }

  drain(waitedMillis: number): number {
    this.#calls.push(`${this.name} drains after ${waitedMillis} ms`)
    this.#clock.pass(this.#drainMillis)
    return 0
  }
}

describe('the exit coordinator', () => {
  let clock: ManualClock
  let calls: string[]
  let host: StandInProcess
  let coordinator: ExitCoordinator

  beforeEach(() => {
    clock = new ManualClock()
    calls = []
    start(new StandInProcess())
  })

  function start(process: StandInProcess): void {
    host = process
    coordinator = new ExitCoordinator(host, clock)
  }

  const participant = (name: string, options = {}) => new Participant(name, clock, calls, options)
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
  const isListening = () => signals.some((signal) => host.listenerCount(signal) > 0)

  it('listens while there is somebody to listen for, and for signals only while one of them wants it', () => {
    const plain = participant('plain', { wantsSignals: false })
    const [one, other] = [participant('one'), participant('other')]
    deepStrictEqual(host.eventNames(), [])
    coordinator.add(plain)
    deepStrictEqual(host.eventNames(), ['beforeExit', 'exit'])
    coordinator.add(one)
    coordinator.add(other)
    for (const signal of signals) strictEqual(host.listenerCount(signal), 1)
    coordinator.remove(one)
    strictEqual(isListening(), true)
    coordinator.remove(other)
    deepStrictEqual(host.eventNames(), ['beforeExit', 'exit'])
    coordinator.remove(plain)
    deepStrictEqual(host.eventNames(), [])
  })

  it('has all deliver at once at exit, before it waits for one, and tells each how long it waited for others', () => {
    coordinator.add(participant('first', { drainMillis: 300 }))
    coordinator.add(participant('second', { drainMillis: 200 }))
    coordinator.add(participant('third'))
    host.exit(3)
    deepStrictEqual(calls, [
      'first is urged',
      'second is urged',
      'third is urged',
      'first drains after 0 ms',
      'second drains after 300 ms',
      'third drains after 500 ms',
    ])
    strictEqual(host.end, 3)
  })

  for (const signal of signals) {
    it(`flushes all while the event loop runs, then drains, then ends by that signal: ${signal}`, async () => {
      coordinator.add(participant('slow', { flushMillis: 20 }))
      coordinator.add(participant('quick', { flushMillis: 10, wantsSignals: false }))
      host.kill(host.pid, signal)
      await clock.advance(19)
      deepStrictEqual([calls, host.end], [['quick flushes'], undefined])
      await clock.advance(1)
      deepStrictEqual(calls, [
        'quick flushes',
        'slow flushes',
        'slow is urged',
        'quick is urged',
        'slow drains after 0 ms',
        'quick drains after 0 ms',
      ])
      strictEqual(host.end, signal)
    })
  }

  it('lets a second signal, also another one, end the process at once', () => {
    coordinator.add(participant('slow', { flushMillis: 20 }))
    host.kill(host.pid, 'SIGINT')
    strictEqual(host.end, undefined)
    host.kill(host.pid, 'SIGTERM')
    strictEqual(host.end, 'SIGTERM')
    deepStrictEqual(calls, [])
  })

  it('leaves a signal alone that the application listens for, and listens on', async () => {
    let heard = 0
    const listener = () => heard++
    coordinator.add(participant('any'))
    host.on('SIGTERM', listener)
    for (let i = 0; i < 3; i++) {
      host.kill(host.pid, 'SIGTERM')
      await clock.advance(1_000)
    }
    deepStrictEqual([heard, host.end, calls], [3, undefined, []])
    host.off('SIGTERM', listener)
    host.kill(host.pid, 'SIGTERM')
    await clock.advance(0)
    strictEqual(host.end, 'SIGTERM')
  })

  it('leaves it alone, too, when the application listens only once, whoever came first', async () => {
    host.once('SIGTERM', () => calls.push('earlier'))
    coordinator.add(participant('any'))
    host.once('SIGINT', () => calls.push('later'))
    host.kill(host.pid, 'SIGTERM')
    host.kill(host.pid, 'SIGINT')
    await clock.advance(1_000)
    deepStrictEqual(calls, ['earlier', 'later'])
    strictEqual(host.end, undefined)
  })

  it('is out of the way of a library that ends the process if it alone listens', async () => {
    const library = () => {
      if (host.listenerCount('SIGTERM') > 1) return
      host.off('SIGTERM', library)
      host.kill(host.pid, 'SIGTERM')
    }
    host.on('SIGTERM', library)
    coordinator.add(participant('any'))
    host.kill(host.pid, 'SIGTERM')
    strictEqual(host.end, 'SIGTERM')
  })

  it('does not listen again for a signal of the application when everybody has gone meanwhile', async () => {
    const one = participant('one')
    coordinator.add(one)
    host.on('SIGTERM', () => coordinator.remove(one))
    host.kill(host.pid, 'SIGTERM')
    await clock.advance(1_000)
    deepStrictEqual(host.eventNames(), ['SIGTERM'])
    strictEqual(host.listenerCount('SIGTERM'), 1)
  })

  it('hands the signal to an application that came to listen for it during the flush', async () => {
    coordinator.add(participant('slow', { flushMillis: 20 }))
    host.kill(host.pid, 'SIGTERM')
    host.on('SIGTERM', () => calls.push('heard'))
    await clock.advance(20)
    deepStrictEqual(calls, ['slow flushes', 'heard'])
    strictEqual(host.end, undefined)
  })

  for (const [where, pid, platform, signal, status] of [
    ['as PID 1, where a signal that is raised is ignored', 1, 'linux', 'SIGTERM', 143],
    ['as PID 1, where a signal that is raised is ignored', 1, 'linux', 'SIGINT', 130],
    ['on Windows, which cannot raise it', 4711, 'win32', 'SIGHUP', 129],
  ] as const) {
    it(`exits with status ${status} ${where}: ${signal}`, async () => {
      start(new StandInProcess(pid, platform))
      coordinator.add(participant('any'))
      host.kill(host.pid, signal)
      await clock.advance(0)
      deepStrictEqual(calls, ['any flushes', 'any is urged', 'any drains after 0 ms'])
      strictEqual(host.end, status)
    })
  }

  it('listens for Ctrl-Break on Windows', () => {
    start(new StandInProcess(4711, 'win32'))
    coordinator.add(participant('any'))
    strictEqual(host.listenerCount('SIGBREAK'), 1)
  })
})
