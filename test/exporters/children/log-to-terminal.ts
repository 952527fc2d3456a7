import { createTelemetry } from 'otel-sluice'

// Logs a line to each stream, both on the export thread and here.
const telemetry = createTelemetry()
telemetry.addStdoutHandler('stdout', { async: process.argv[2] !== 'here' })
telemetry.addStderrHandler('stderr', { async: process.argv[2] !== 'here', minLevel: 'error' })
telemetry.log('info', 'to stdout')
telemetry.log('error', 'to stderr')
await telemetry.shutdownTelemetry()
