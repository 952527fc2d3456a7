import assert from 'node:assert/strict'
import { logs } from '@opentelemetry/api-logs'
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import { createTelemetry, type Telemetry } from 'otel-sluice'

/** Where `@opentelemetry/api` keeps its globals; 1.10 and later keep `logs` there too. */
const API_KEY = Symbol.for('opentelemetry.js.api.1')

describe('a telemetry and the logger providers there are', () => {
  /** What the application's SDK gets, beside what its handlers get. */
  function sdk(telemetry?: Telemetry): { provider: LoggerProvider; bodies: () => unknown[] } {
    const exporter = new InMemoryLogRecordExporter()
    const processors = [
      new SimpleLogRecordProcessor({ exporter }),
      ...(telemetry ? [telemetry.processor] : []),
    ]
    const bodies = () => exporter.getFinishedLogRecords().map((record: ReadableLogRecord) => record.body)
    return { provider: new LoggerProvider({ processors }), bodies }
  }

  function withHandler(telemetry: Telemetry): unknown[] {
    const handled: unknown[] = []
    telemetry.addHandler('observer', ({ message }) => void handled.push(message))
    return handled
  }

  let apiBefore: unknown

  beforeEach(() => {
    apiBefore = Reflect.get(globalThis, API_KEY)
  })

  afterEach(() => {
    logs.disable()
    Reflect.set(globalThis, API_KEY, apiBefore)
  })

  /** Registers a provider as `@opentelemetry/api` 1.10 does, which is not the version installed here. */
  function registerWithApi(provider: LoggerProvider): void {
    Reflect.set(globalThis, API_KEY, { version: '1.10.0', logs: provider })
  }

  it('alone: its own, whatever is registered', () => {
    const application = sdk()
    logs.setGlobalLoggerProvider(application.provider)
    const telemetry = createTelemetry()
    const handled = withHandler(telemetry)
    telemetry.log('info', 'message')
    assert.deepEqual(handled, ['message'])
    assert.deepEqual(application.bodies(), [])
  })

  it('attached: its own until one is registered, then that one', () => {
    const telemetry = createTelemetry()
    const handled = withHandler(telemetry)
    const application = sdk(telemetry)
    const { log } = telemetry.logger('ns')
    log('info', 'before')
    logs.setGlobalLoggerProvider(application.provider)
    log('info', 'after')
    assert.deepEqual(handled, ['before', 'after'])
    assert.deepEqual(application.bodies(), ['after'])
  })

  it('attached: the one registered with the other line of the API', () => {
    const telemetry = createTelemetry()
    const handled = withHandler(telemetry)
    const application = sdk(telemetry)
    registerWithApi(application.provider)
    telemetry.log('info', 'message')
    assert.deepEqual(handled, ['message'])
    assert.deepEqual(application.bodies(), ['message'])
  })

  it('attached: that of api-logs, if both lines have one', () => {
    const telemetry = createTelemetry()
    const [first, second] = [sdk(telemetry), sdk(telemetry)]
    registerWithApi(second.provider)
    logs.setGlobalLoggerProvider(first.provider)
    telemetry.addHandler('observer', () => {})
    telemetry.log('info', 'message')
    assert.deepEqual([first.bodies(), second.bodies()], [['message'], []])
  })

  it('attached: follows when another one is registered', () => {
    const telemetry = createTelemetry()
    const [first, second] = [sdk(telemetry), sdk(telemetry)]
    for (const application of [first, second]) {
      logs.disable()
      logs.setGlobalLoggerProvider(application.provider)
      telemetry.log('info', 'message')
    }
    assert.deepEqual([first.bodies(), second.bodies()], [['message'], ['message']])
  })

  it('with one given: that one, attached or not', () => {
    const other = sdk()
    logs.setGlobalLoggerProvider(other.provider)
    const given = sdk()
    const telemetry = createTelemetry({ loggerProvider: given.provider })
    telemetry.log('info', 'not attached')
    assert.ok(telemetry.processor)
    telemetry.log('info', 'attached')
    assert.deepEqual(given.bodies(), ['not attached', 'attached'])
    assert.deepEqual(other.bodies(), [])
  })

  it('something registered that is no provider is passed over', () => {
    const telemetry = createTelemetry()
    const handled = withHandler(telemetry)
    assert.ok(telemetry.processor)
    Reflect.set(globalThis, API_KEY, { version: '1.10.0', logs: {} })
    telemetry.log('info', 'message')
    assert.deepEqual(handled, ['message'])
  })

  it('handlers get what other libraries log through the SDK, as far as the filters let it', () => {
    const telemetry = createTelemetry({ minLevel: 'warn' })
    const handled = withHandler(telemetry)
    const { provider } = sdk(telemetry)
    const [bridge, noisy] = [provider.getLogger('pino'), provider.getLogger('noisy.library')]
    const log = (body: string) => {
      bridge.emit({ severityNumber: 9, body: `${body} info` })
      bridge.emit({ severityNumber: 13, body: `${body} warn` })
      bridge.emit({ body: `${body} without a severity` })
      bridge.emit({ severityNumber: 13, eventName: 'heartbeat', body: `${body} event` })
      noisy.emit({ severityNumber: 17, body: `${body} noise` })
      noisy.emit({ body: `${body} noise without a severity` })
    }
    telemetry.setNsFilter({ disallow: 'noisy.*' })
    telemetry.setIdFilter({ disallow: 'heartbeat' })
    log('filtered:')
    telemetry.setEnabled(false)
    log('disabled:')
    assert.deepEqual(handled, ['filtered: warn', 'filtered: without a severity'])
  })

  it("the SDK's shutdown delivers what handlers hold", async () => {
    const telemetry = createTelemetry()
    const handled: unknown[] = []
    telemetry.addHandler('queue', ({ message }) => void handled.push(message), { async: true })
    const { provider } = sdk(telemetry)
    provider.getLogger('bridge').emit({ body: 'message' })
    await provider.shutdown()
    assert.deepEqual(handled, ['message'])
  })
})
