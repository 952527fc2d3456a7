import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api'

/** Runs `work` and returns what the OpenTelemetry diagnostics logged meanwhile, warnings and errors only. */
export async function diagnosticsDuring(work: () => Promise<void>): Promise<string[]> {
  const told: string[] = []
  const tell = (message: string) => told.push(message)
  const ignore = () => undefined
  const logger: DiagLogger = { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  try {
    await work()
  } finally {
    diag.disable()
  }
  return told
}
