import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api'

/** What a test's code said through `diag`, as `level: message`. */
export function recordDiagnostics(): string[] {
  const said: string[] = []
  const recorder =
    (level: string) =>
    (message: string): void => {
      said.push(`${level}: ${message}`)
    }
  const logger: DiagLogger = {
    error: recorder('error'),
    warn: recorder('warn'),
    info: recorder('info'),
    debug: recorder('debug'),
    verbose: recorder('verbose'),
  }
  diag.setLogger(logger, { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true })
  return said
}
