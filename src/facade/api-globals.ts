/** Where `@opentelemetry/api` keeps its globals; from 1.10 on, `logs` is one of them. */
const API_KEY = Symbol.for('opentelemetry.js.api.1')

/** What is registered with the API as its logger provider or diagnostic logger: it answers no such question itself. */
export function apiGlobal(name: 'logs' | 'diag'): unknown {
  const api: unknown = Reflect.get(globalThis, API_KEY)
  return typeof api === 'object' && api !== null ? Reflect.get(api, name) : undefined
}
