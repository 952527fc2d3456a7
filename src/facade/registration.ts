import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { textFromEnv } from '../common/settings.js'
import { writeToStderr } from '../common/stderr.js'
import { ThreadsForbiddenError } from '../exporters/thread/start-export-worker.js'
import { QueueLogRecordProcessor } from '../processors/queue-log-record-processor.js'
import { telemetry } from './default-telemetry.js'
import { environmentResource } from './environment-resource.js'
import { globalLoggerProvider, setGlobalLoggerProvider } from './global-logger-provider.js'
import { EXPORTERS_BY_NAME, type NamedExporter } from './named-exporters.js'
import { withWarningsOnStderr } from './startup-diagnostics.js'

/**
 * Sets a logger provider up from the environment, and registers it with the OpenTelemetry API, unless there is one.
 * What is queued is delivered however the process ends, also by a signal. The default telemetry goes through it, too,
 * and its handlers get what others log.
 *
 * Never throws: an application runs without telemetry rather than not at all. What is wrong is said on stderr, since
 * nobody can listen to diagnostics yet; but not of the variables that the facade's filters are read from, before this.
 */
export function register(): void {
  try {
    withWarningsOnStderr(setUp)
  } catch (error) {
    tell(`logs are not exported: ${reasonOf(error)}`)
  }
}

function setUp(): void {
  if (textFromEnv('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return
  if (globalLoggerProvider() !== undefined) {
    tell('there is a logger provider already: it is left as it is')
    return
  }
  const processors = exporterNames().flatMap(processorFor)
  if (processors.length === 0) return
  const resource = environmentResource()
  setGlobalLoggerProvider(
    new LoggerProvider({
      processors: [...processors, telemetry.processor],
      ...(resource !== undefined && { resource }),
    }),
  )
}

/** What `OTEL_LOGS_EXPORTER` names, once each. Default: `otlp`, as the specification has it. */
function exporterNames(): readonly string[] {
  const names = (textFromEnv('OTEL_LOGS_EXPORTER') ?? 'otlp')
    .split(',')
    .map((name) => name.trim().toLowerCase())
  return [...new Set(names)].filter((name) => name !== '' && name !== 'none')
}

/** One that cannot be made costs no other. */
function processorFor(name: string): QueueLogRecordProcessor[] {
  const exporter = EXPORTERS_BY_NAME.get(name)
  if (exporter === undefined) {
    const known = [...EXPORTERS_BY_NAME.keys()].join(', ')
    tell(`OTEL_LOGS_EXPORTER must be none or some of ${known}, got "${name}": it is ignored`)
    return []
  }
  try {
    return [create(name, exporter)]
  } catch (error) {
    tell(`logs are not exported to ${name}: ${reasonOf(error)}`)
    return []
  }
}

function create(name: string, { onThread, here }: NamedExporter): QueueLogRecordProcessor {
  const exitHook = { signals: true }
  try {
    return new QueueLogRecordProcessor({ exporter: onThread(), exitHook })
  } catch (error) {
    if (!(error instanceof ThreadsForbiddenError)) throw error
    tell(`logs are exported to ${name} from the main thread: there may be no other`)
    return new QueueLogRecordProcessor({ exporter: here(), exitHook })
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something that is no error was thrown'
}

function tell(what: string): void {
  writeToStderr(`otel-sluice: register: ${what}\n`)
}
