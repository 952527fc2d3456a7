import type { Clock } from './clock.js'

/** Rejected with when a time-out is over before what was waited for happened. */
export class DeadlineError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DeadlineError'
  }
}

/**
 * What `work` comes to, unless `millis` pass first: then it rejects with a `DeadlineError`, and what `work` comes to
 * later is ignored. `work` may also throw. The event loop is held open meanwhile: somebody waits.
 *
 * @param work is told by the signal when nobody waits for it any more.
 * @param late the error's message, asked for only if there is one.
 */
export function withinDeadline<T>(
  clock: Clock,
  millis: number,
  work: (isOver: AbortSignal) => PromiseLike<T> | T,
  late: () => string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = new AbortController()
    const cancel = clock.deadline(millis, () => {
      reject(new DeadlineError(late()))
      over.abort()
    })
    const settled = new Promise<T>((done) => done(work(over.signal)))
    settled.finally(cancel).then(resolve, reject)
  })
}
