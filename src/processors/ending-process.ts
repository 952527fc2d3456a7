/** A process, as far as its end is concerned; a parameter, so that tests need not end their own. */
export interface EndingProcess {
  readonly pid: number
  readonly platform: NodeJS.Platform
  on(event: 'beforeExit' | 'exit', listener: () => void): unknown
  off(event: 'beforeExit' | 'exit' | NodeJS.Signals, listener: () => void): unknown
  /** Calls back before other listeners, and has forgotten the listener by then. */
  prependOnceListener(event: NodeJS.Signals, listener: () => void): unknown
  listenerCount(event: NodeJS.Signals): number
  kill(pid: number, signal: NodeJS.Signals): unknown
  exit(code: number): unknown
}
