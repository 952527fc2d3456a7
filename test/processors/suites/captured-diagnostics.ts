import { type DiagLogFunction, DiagLogLevel, diag } from '@opentelemetry/api'

/** One message that the library gave to `diag`. */
export interface Diagnostic {
  readonly level: string
  readonly message: string
  readonly rest: readonly unknown[]
}

/** Collects what is said through `diag` until `stop`; `also` is called with each, as an application's logger might be. */
export function captureDiagnostics(also: (diagnostic: Diagnostic) => void = () => undefined) {
  const said: Diagnostic[] = []
  const recorder =
    (level: string): DiagLogFunction =>
    (message, ...rest) => {
      const diagnostic = { level, message, rest }
      said.push(diagnostic)
      also(diagnostic)
    }
  diag.setLogger(
    {
      error: recorder('error'),
      warn: recorder('warn'),
      info: () => undefined,
      debug: () => undefined,
      verbose: () => undefined,
    },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  return {
    said,
    /** The messages alone. */
    get messages(): string[] {
      return said.map(({ message }) => message)
    },
    stop: () => diag.disable(),
  }
}
