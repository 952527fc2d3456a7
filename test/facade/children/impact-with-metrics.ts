// Measures the impact of telemetry with a global meter provider, and prints how many meters that was asked for.
import { metrics } from '@opentelemetry/api'
import { createTelemetry } from 'otel-sluice'

let meters = 0
const noop = metrics.getMeterProvider()
metrics.setGlobalMeterProvider({
  getMeter: (...args) => {
    meters++
    return noop.getMeter(...args)
  },
})
await createTelemetry().benchmarkTelemetryImpact(() => undefined, 3)
console.log(`meters: ${meters}`)
