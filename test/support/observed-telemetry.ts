import { createTelemetry, type Signal, type Telemetry, type TelemetryOptions } from 'otel-sluice'

/** A telemetry, and the signals that come of its calls. */
export function observed(options?: TelemetryOptions): { telemetry: Telemetry; signals: Signal[] } {
  const telemetry = createTelemetry(options)
  const signals: Signal[] = []
  telemetry.addHandler('observer', (signal) => {
    signals.push(signal)
  })
  return { telemetry, signals }
}

/** An object of which nothing can be read. */
export function hostile(): object {
  const refuse = () => {
    throw new Error('refused')
  }
  return new Proxy(
    {},
    { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse },
  )
}
