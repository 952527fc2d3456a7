/** Whether somebody has to say what becomes of a failure of this value's, lest it end the process. May throw. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
