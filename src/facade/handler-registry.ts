import type { Clock } from '../common/clock.js'
import { withinDeadline } from '../common/deadline.js'
import { describe } from '../common/settings.js'
import type { Handler, HandlerSettings } from './handler.js'
import type { HandlerChanges } from './handler-options.js'
import type { HandlerStats } from './handler-stats.js'

/** What became of a handler's flush or shutdown. */
export type HandlerResult = { readonly ok: true } | { readonly ok: false; readonly error: unknown }

/** How long a flush may take, in milliseconds, unless it is told. */
const FLUSH_MILLIS = 30_000

/** How long a handler may take to stop, in milliseconds: as long as its processor by default. */
const STOP_MILLIS = 30_000

/** How much longer is waited, in milliseconds, for a processor that keeps to its time: its error has the numbers. */
const GRACE_MILLIS = 1_000

/** The handlers, by id, in the order in which they were added; and those that were taken out and still drain. */
export class HandlerRegistry {
  readonly #clock: Clock
  readonly #handlers = new Map<string, Handler>()
  readonly #leaving = new Set<Promise<HandlerResult>>()
  #active: readonly Handler[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The handlers that are enabled. A new list whenever that changes: whoever goes through one can finish. */
  get active(): readonly Handler[] {
    return this.#active
  }

  /** Adds a handler. One that has its id already gets no more records, and drains in the background. */
  add(handler: Handler): void {
    const replaced = this.#handlers.get(handler.id)
    this.#handlers.set(handler.id, handler)
    this.#update()
    if (replaced !== undefined) void this.#stop(replaced)
  }

  /**
   * Changes a handler's options. When its queue is another one then, what is in the old one is delivered in the
   * background, to the same target.
   *
   * @throws TypeError if there is no such handler; TypeError or RangeError if an option is wrong.
   */
  change(id: string, changes: HandlerChanges): void {
    const handler = this.#handler(id, 'id')
    const retired = handler.change(changes)
    this.#update()
    if (retired !== undefined) this.#leave(handler, () => handler.retire(retired))
  }

  /** Changes what handlers can be changed. @returns the ids of those that cannot */
  changeAll(changes: HandlerChanges): string[] {
    return [...this.#handlers.keys()].filter((id) => {
      try {
        this.change(id, changes)
        return false
      } catch {
        return true
      }
    })
  }

  /** Takes a handler out; resolves when it has drained. @returns whether there was one */
  async remove(id: string): Promise<boolean> {
    const handler = this.#handlers.get(id)
    if (handler === undefined) return false
    this.#handlers.delete(id)
    this.#update()
    await this.#stop(handler)
    return true
  }

  /** Takes all handlers out, and resolves when they have drained. Never rejects. */
  async clear(): Promise<Record<string, HandlerResult>> {
    const handlers = [...this.#handlers.values()]
    this.#handlers.clear()
    this.#update()
    const results = handlers.map(async (handler) => [handler.id, await this.#stop(handler)] as const)
    await Promise.all(this.#leaving)
    return Object.fromEntries(await Promise.all(results))
  }

  /** Flushes all handlers, and waits for those that are leaving. Never rejects. */
  async flush(timeoutMillis: number = FLUSH_MILLIS): Promise<Record<string, HandlerResult>> {
    const results = [...this.#handlers.values()].map(async (handler) => {
      const flush = () => handler.forceFlush({ timeoutMillis })
      return [handler.id, await this.#result(handler, timeoutMillis, 'flushed', flush)] as const
    })
    const left = Promise.all(this.#leaving)
    await withinDeadline(
      this.#clock,
      timeoutMillis,
      () => left,
      () => 'handlers still drain',
    ).catch(() => undefined)
    return Object.fromEntries(await Promise.all(results))
  }

  settings(): Record<string, HandlerSettings> {
    return this.#byId((handler) => handler.settings)
  }

  stats(): Record<string, HandlerStats> {
    return this.#byId((handler) => handler.stats())
  }

  /** @throws TypeError, naming the option, if there is no such handler */
  statsOf(id: string, option: string): HandlerStats {
    return this.#handler(id, option).stats()
  }

  #stop(handler: Handler): Promise<HandlerResult> {
    return this.#leave(handler, () => handler.shutdown())
  }

  #leave(handler: Handler, work: () => Promise<void>): Promise<HandlerResult> {
    const left = this.#result(handler, STOP_MILLIS, 'stopped', work)
    this.#leaving.add(left)
    void left.then((result) => {
      this.#leaving.delete(left)
      // Its records have been told of as they failed.
      if (!result.ok) handler.failures.add(result.error, 0)
    })
    return left
  }

  async #result(
    handler: Handler,
    timeoutMillis: number,
    done: string,
    work: () => Promise<void>,
  ): Promise<HandlerResult> {
    try {
      const late = () => `handler ${JSON.stringify(handler.id)} was not ${done} within ${timeoutMillis} ms`
      await withinDeadline(this.#clock, timeoutMillis + GRACE_MILLIS, work, late)
      return { ok: true }
    } catch (error) {
      return { ok: false, error }
    }
  }

  /** @throws TypeError if there is none */
  #handler(id: string, option: string): Handler {
    const handler = this.#handlers.get(id)
    if (handler !== undefined) return handler
    const ids = [...this.#handlers.keys()].map((known) => JSON.stringify(known)).join(', ')
    throw new TypeError(
      `${option} must be the id of a handler (${ids || 'there are none'}), got ${describe(id)}: add it first`,
    )
  }

  #byId<T>(read: (handler: Handler) => T): Record<string, T> {
    return Object.fromEntries([...this.#handlers].map(([id, handler]) => [id, read(handler)]))
  }

  #update(): void {
    this.#active = [...this.#handlers.values()].filter((handler) => handler.settings.enabled)
  }
}
