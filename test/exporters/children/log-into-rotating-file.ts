import { createTelemetry } from 'otel-sluice'

// Logs numbers into a file that rotates, until it is killed.
const [path = '', where] = process.argv.slice(2)
const telemetry = createTelemetry()
telemetry.addFileHandler('file', path, {
  format: 'readable',
  rotate: { maxBytes: 20_000, keep: 10_000 },
  async: where === 'here' ? false : { mode: 'blocking', bufferSize: 64 },
})
let next = 0
const step = (): void => {
  for (const end = next + 100; next < end; next++) telemetry.log('info', String(next))
  if (next >= 2_000) process.send?.(next)
  setImmediate(step)
}
step()
