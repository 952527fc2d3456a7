import { EventEmitter } from 'node:events'
import type { EndingProcess } from '#src/processors/ending-process.js'

/** How a process came to its end: a signal, or an exit status. */
type End = NodeJS.Signals | number

/** A process that can be ended without an end to the tests. */
export class StandInProcess extends EventEmitter implements EndingProcess {
  readonly pid: number
  readonly platform: NodeJS.Platform
  end: End | undefined

  constructor(pid = 4711, platform: NodeJS.Platform = 'linux') {
    super()
    this.pid = pid
    this.platform = platform
  }

  /** As the operating system does: the first process of a container (PID 1) ignores what it does not listen for. */
  kill(pid: number, signal: NodeJS.Signals): void {
    if (pid !== this.pid) throw new Error(`a signal for process ${pid}`)
    if (this.emit(signal) || this.pid === 1) return
    this.end ??= signal
  }

  exit(code: number): void {
    this.emit('exit')
    this.end ??= code
  }
}
