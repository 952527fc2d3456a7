import { isThenable } from '../common/thenable.js'

/**
 * What a `when` answered.
 *
 * @throws TypeError for a promise, which is no answer yet, and would always count as yes.
 */
export function isYes(answer: unknown): boolean {
  if (!isThenable(answer)) return Boolean(answer)
  // What it rejects with must not end the process.
  Promise.resolve(answer).catch(() => undefined)
  throw new TypeError('when must say whether the record is wanted, got a promise: nobody can wait for it')
}
