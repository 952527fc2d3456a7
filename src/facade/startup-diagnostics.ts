import { type DiagLogFunction, DiagLogLevel, diag } from '@opentelemetry/api'
import { writeToStderr } from '../common/stderr.js'
import { apiGlobal } from './api-globals.js'

const OURS = 'otel-sluice: '

/**
 * Says on stderr what the library warns of while `work` runs, unless somebody listens to diagnostics already. What others
 * say there is not repeated: the SDK quotes variables, and a URL may hold a password.
 */
export function withWarningsOnStderr(work: () => void): void {
  if (apiGlobal('diag') !== undefined) {
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
