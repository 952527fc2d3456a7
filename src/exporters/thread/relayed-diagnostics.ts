import { type DiagLogFunction, DiagLogLevel, diag } from '@opentelemetry/api'

/** What one thread tells another of what happens there; nothing of a record. */
export interface Diagnostic {
  readonly level: 'error' | 'warn' | 'info'
  readonly message: string
}

const OWN = 'otel-sluice: '

/**
 * Sends what the library tells through `diag` on this thread to where the application listens. What others tell is left
 * out: nobody here can know what it holds.
 */
export function relayDiagnostics(tell: (diagnostic: Diagnostic) => void): void {
  const relay =
    (level: Diagnostic['level']): DiagLogFunction =>
    (message) => {
      if (message.startsWith(OWN)) tell({ level, message })
    }
  const silent = () => undefined
  diag.setLogger(
    { error: relay('error'), warn: relay('warn'), info: relay('info'), debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  )
}
