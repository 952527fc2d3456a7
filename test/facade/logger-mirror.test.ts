import { deepEqual, equal, throws } from 'node:assert/strict'
import { Console } from 'node:console'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { diag } from '@opentelemetry/api'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import { createTelemetry, type Telemetry } from 'otel-sluice'
import pino from 'pino'
import winston from 'winston'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'

/** What is written to it, line by line. */
class Lines extends Writable {
  readonly lines: string[] = []

  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.lines.push(String(chunk).trimEnd())
    done()
  }

  get parsed(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line))
  }
}

/** A logger that notes which of its methods are called, with what. */
function noting(...methods: string[]): { logger: object; calls: unknown[][] } {
  const calls: unknown[][] = []
  const note = (method: string) => [method, (...args: unknown[]) => void calls.push([method, ...args])]
  return { logger: Object.fromEntries(methods.map(note)), calls }
}

describe('a handler that mirrors to a logger', () => {
  let telemetry: Telemetry
  let lines: Lines

  beforeEach(() => {
    recordDiagnostics()
    telemetry = createTelemetry({ minLevel: 'trace' })
    lines = new Lines()
  })

  afterEach(async () => {
    await telemetry.shutdownTelemetry()
    diag.disable()
  })

  it('refuses what is no logger, and a shape that there is not', () => {
    const add = (...args: unknown[]) => Reflect.apply(telemetry.addLoggerHandler, undefined, ['id', ...args])
    throws(() => add({ log() {} }), /logger must have one of the methods trace, debug, .*got an object/)
    throws(() => add(undefined), /got undefined/)
    throws(
      () => add(console, { shape: 'bunyan' }),
      /shape must be one of 'console', 'pino', 'winston', got "bunyan"/,
    )
    deepEqual(telemetry.getHandlers(), {})
  })

  it('to pino: level, message and data are where pino has them', () => {
    telemetry.addLoggerHandler('old', pino({ level: 'trace' }, lines))
    telemetry.log('warn', 'slow', { millis: 1200, nested: { deep: [1] } })
    telemetry.log('info', 'ready, 100 %s')
    telemetry.event('order.placed', { customer: 'c-17' })
    telemetry.log('trace', 'fine')
    telemetry.log('fatal', 'over')
    const [slow, ready, event, ...others] = lines.parsed
    deepEqual([slow?.level, slow?.msg, slow?.millis, slow?.nested], [40, 'slow', 1200, { deep: [1] }])
    deepEqual([ready?.level, ready?.msg], [30, 'ready, 100 %s'])
    deepEqual([event?.msg, event?.['event.name'], event?.customer], ['order.placed', 'order.placed', 'c-17'])
    deepEqual(
      others.map(({ level }) => level),
      [10, 60],
    )
  })

  it('to pino: its own level holds, also when it changes', () => {
    const logger = pino({ level: 'warn' }, lines)
    telemetry.addLoggerHandler('old', logger)
    telemetry.log('info', 'not yet')
    logger.level = 'info'
    telemetry.log('info', 'now')
    deepEqual(
      lines.parsed.map(({ msg }) => msg),
      ['now'],
    )
  })

  it('to winston: level, message and data are where winston has them, and missing levels are the nearest', async () => {
    const transports = [new winston.transports.Stream({ stream: lines })]
    const logger = winston.createLogger({ level: 'silly', format: winston.format.json(), transports })
    telemetry.addLoggerHandler('old', logger)
    telemetry.log('warn', 'slow', { millis: 1200 })
    telemetry.log('trace', 'fine')
    telemetry.log('fatal', 'over')
    telemetry.log('report', 'told')
    logger.end()
    await once(logger, 'finish')
    deepEqual(lines.parsed, [
      { level: 'warn', message: 'slow', millis: 1200 },
      { level: 'debug', message: 'fine' },
      { level: 'error', message: 'over' },
      { level: 'info', message: 'told' },
    ])
  })

  it('to a console: the message is no format, and a trace has no stack', () => {
    telemetry.addLoggerHandler('old', new Console({ stdout: lines, stderr: lines, colorMode: false }))
    telemetry.log('info', '100 %s of 5%d', { done: true })
    telemetry.log('info', '100 %s')
    telemetry.log('trace', 'fine')
    deepEqual(lines.lines, ['100 %s of 5%d { done: true }', '100 %s', 'fine'])
  })

  it('to anything else: takes it for a console unless it is told otherwise, with the nearest methods', () => {
    const { logger, calls } = noting('info', 'error')
    telemetry.addLoggerHandler('message first', logger)
    telemetry.addLoggerHandler('data first', logger, { shape: 'pino', minLevel: 'error' })
    for (const level of ['trace', 'warn', 'fatal'] as const) telemetry.log(level, 'message', { n: 1 })
    deepEqual(calls, [
      ['info', 'message', { n: 1 }],
      ['error', 'message', { n: 1 }],
      ['error', 'message', { n: 1 }],
      ['error', { n: 1 }, 'message'],
    ])
  })

  it('takes a child of winston, winston itself, and a child of pino for what they are', () => {
    const { logger, calls } = noting('info', 'child', 'bindings')
    telemetry.addLoggerHandler('pino', logger)
    const winstonLike = noting('info', 'configure', 'add')
    telemetry.addLoggerHandler('winston', winstonLike.logger)
    telemetry.log('info', 'message', { n: 1 })
    deepEqual(calls, [['info', { n: 1 }, 'message']])
    deepEqual(winstonLike.calls, [['info', 'message', { n: 1 }]])
    const child = pino({}, lines).child({ part: 'child' })
    telemetry.addLoggerHandler('child', child)
    telemetry.log('info', 'message', { n: 1 })
    equal(lines.parsed[0]?.n, 1)
  })

  it('a logger that throws is a failing handler like any other', () => {
    const broken = {
      info() {
        throw new Error('a secret')
      },
    }
    const { logger, calls } = noting('info')
    telemetry.addLoggerHandler('broken', broken)
    telemetry.addLoggerHandler('after', logger)
    telemetry.log('info', 'message')
    equal(calls.length, 1)
    equal(telemetry.getHandlerStats().broken?.errors, 1)
  })

  it('so is a logger whose methods return promises that reject', async () => {
    telemetry.addLoggerHandler('broken', { info: () => Promise.reject(new Error('a secret')) })
    telemetry.log('info', 'message')
    await telemetry.flushTelemetry()
    equal(telemetry.getHandlerStats().broken?.errors, 1)
  })

  describe('of a logger that is bridged to the same handlers', () => {
    let provider: LoggerProvider

    beforeEach(() => {
      provider = new LoggerProvider({ processors: [telemetry.processor] })
    })

    const emit = (scope: string, body: string) => provider.getLogger(scope).emit({ severityNumber: 9, body })

    for (const async of [false, true]) {
      it(`never loops (async: ${async}), and hands a record on once`, async () => {
        const bridged = pino(
          {},
          {
            write(line: string) {
              lines.write(line)
              emit('a bridge', JSON.parse(line).msg)
            },
          },
        )
        telemetry.addLoggerHandler('old', bridged, { async })
        emit('app', 'message')
        await telemetry.flushTelemetry()
        deepEqual(
          lines.parsed.map(({ msg }) => msg),
          ['message'],
        )
      })
    }

    it('leaves out what OpenTelemetry bridges from such loggers, unless it is told otherwise', () => {
      const [some, all] = [noting('info'), noting('info')]
      telemetry.addLoggerHandler('some', some.logger)
      telemetry.addLoggerHandler('all', all.logger, { ns: '*' })
      emit('@opentelemetry/instrumentation-pino', 'again')
      emit('@opentelemetry/winston-transport', 'again')
      emit('app', 'new')
      deepEqual(some.calls, [['info', 'new']])
      equal(all.calls.length, 3)
    })
  })
})
