import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import { createTelemetry, type HandlerOptions, type Signal } from 'otel-sluice'

/** The largest rate below 1: no lot is above it. */
const ALMOST_ALL = 1 - Number.EPSILON / 2

type Transform = NonNullable<HandlerOptions['transform']>

const EMITTED = {
  severityNumber: 9,
  severityText: 'INFO',
  eventName: 'user.signed_in',
  body: 'signed in',
  attributes: { user: { name: 'zoe', password: 'secret' }, port: 80 },
}

/** What the exporter of a handler with a transform gets of a record that goes through the application's own SDK. */
function exported(transform: Transform, options: HandlerOptions = {}): ReadableLogRecord[] {
  const telemetry = createTelemetry()
  const [exporter, others] = [new InMemoryLogRecordExporter(), new InMemoryLogRecordExporter()]
  const signals: Signal[] = []
  telemetry.addHandler('transformed', new SimpleLogRecordProcessor({ exporter }), { transform, ...options })
  telemetry.addHandler('as it was', (signal) => void signals.push(signal))
  const provider = new LoggerProvider({
    processors: [telemetry.processor, new SimpleLogRecordProcessor({ exporter: others })],
  })
  provider.getLogger('shop').emit(EMITTED)
  const [signal] = signals
  deepStrictEqual(
    [signal?.message, signal?.data, signal?.id, signal?.severityNumber],
    [EMITTED.body, EMITTED.attributes, EMITTED.eventName, EMITTED.severityNumber],
    'no other handler sees anything of it',
  )
  const [{ body, attributes, eventName } = {}] = others.getFinishedLogRecords()
  deepStrictEqual({ body, attributes, eventName }, pick(EMITTED), 'nor does another processor')
  return exporter.getFinishedLogRecords()
}

function pick({ body, attributes, eventName }: Pick<ReadableLogRecord, 'body' | 'attributes' | 'eventName'>) {
  return { body, attributes, eventName }
}

describe('a transform', () => {
  it('replaces level, id, message and data of what its handler gets, whatever the handler is', () => {
    const [record] = exported((signal) => ({
      ...signal,
      level: 'report',
      id: 'redacted',
      message: 'someone signed in',
      data: { port: signal.data.port },
    }))
    strictEqual(record?.severityNumber, 12)
    strictEqual(record?.severityText, 'report')
    deepStrictEqual(record && pick(record), {
      body: 'someone signed in',
      attributes: { port: 80 },
      eventName: 'redacted',
    })
    strictEqual(record?.instrumentationScope.name, 'shop')
  })

  it('may change its signal in place, and what is nested in it', () => {
    const [record] = exported((signal) => {
      const { user } = signal.data
      if (typeof user === 'object' && user !== null) Reflect.deleteProperty(user, 'password')
      Reflect.set(signal, 'message', 'changed')
      return signal
    })
    deepStrictEqual(record && pick(record), {
      body: 'changed',
      attributes: { user: { name: 'zoe' }, port: 80 },
      eventName: 'user.signed_in',
    })
  })

  it('that returns the signal as it is leaves the record as it was, its level included', () => {
    const [record] = exported((signal) => signal)
    deepStrictEqual(record && pick(record), pick(EMITTED))
    deepStrictEqual([record?.severityNumber, record?.severityText], [9, 'INFO'])
  })

  it('that leaves id and message out takes them away', () => {
    const [record] = exported(({ id: _id, message: _message, ...signal }) => ({
      ...signal,
      id: undefined,
      message: undefined,
    }))
    strictEqual(record?.eventName, undefined)
    strictEqual(record?.body, undefined)
  })

  it('that returns null keeps the record from its handler', () => {
    deepStrictEqual(
      exported(() => null),
      [],
    )
  })

  it('cannot take away what the record stands for, where it was sampled', () => {
    const [record] = exported((signal) => ({ ...signal, data: {}, sample: 1 }), { sample: ALMOST_ALL })
    deepStrictEqual(record?.attributes, { 'sluice.sample_rate': ALMOST_ALL })
  })

  it('gets what it logs itself kept from its handler, and goes on', () => {
    const telemetry = createTelemetry()
    const [seen, others]: unknown[][] = [[], []]
    telemetry.addHandler('logging', ({ message }) => void seen?.push(message), {
      transform: (signal) => {
        telemetry.log('info', 'from the transform')
        return signal
      },
    })
    telemetry.addHandler('other', ({ message }) => void others?.push(message))
    telemetry.log('info', 'message')
    deepStrictEqual([seen, others], [['message'], ['from the transform', 'message']])
    strictEqual(telemetry.getHandlerStats().logging?.filtered, 1)
  })
})
