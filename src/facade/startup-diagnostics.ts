import { type DiagLogFunction, DiagLogLevel, diag } from '@opentelemetry/api'
import { writeToStderr } from '../common/stderr.js'

/** Where `@opentelemetry/api` keeps its globals. */
const API_KEY = Symbol.for('opentelemetry.js.api.1')
const OURS = 'otel-sluice: '

/**
 * Says on stderr what the library warns of while `work` runs, unless somebody listens to diagnostics already. What others
 * say there is not repeated: the SDK quotes variables, and a URL may hold a password.
 */
export function withWarningsOnStderr(work: () => void): void {
  if (hasListener()) {
    work()
    return
  }
  const silent: DiagLogFunction = () => undefined
  const warn: DiagLogFunction = (message) => {
    if (message.startsWith(OURS)) writeToStderr(`${message}\n`)
  }
  diag.setLogger({ error: warn, warn, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN)
  try {
    work()
  } finally {
    diag.disable()
  }
}

/** The API has no question for it. */
function hasListener(): boolean {
  const api: unknown = Reflect.get(globalThis, API_KEY)
  return typeof api === 'object' && api !== null && 'diag' in api && api.diag !== undefined
}
