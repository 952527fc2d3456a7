import assert from 'node:assert/strict'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { InMemoryLogRecordExporter, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { createTelemetry, type Telemetry } from 'otel-sluice'

/** Wrong values come from JavaScript: each is passed as it is, past the types. */
function call(function_: (...args: never[]) => unknown, ...args: unknown[]): () => unknown {
  return () => Reflect.apply(function_, undefined, args)
}

/** What each option refuses, and the parts that the error's message must have. */
type Wrong = readonly [value: unknown, ...parts: string[]]

const WRONG_NAME_FILTERS: readonly Wrong[] = [
  [5, '5', 'a pattern, an array or a Set', '{ allow, disallow }'],
  [null, 'null', '{ allow, disallow }'],
  [{}, 'an object', '{ allow, disallow }'],
  [new Map([['allow', 'a']]), 'an object', '{ allow, disallow }'],
  [[], 'none', 'leave it out to allow all'],
  [{ allow: [] }, 'none', 'allow must have a pattern'],
  [['app', 5], '5', 'texts (with * for any characters) and RegExps'],
  [{ allow: 5 }, '5', 'allow must be a pattern'],
  [{ disallow: {} }, 'an object', 'disallow must be a pattern'],
  [{ disallow: [null] }, 'null', 'disallow must hold texts'],
  [{ allow: 'app', deny: 'lib' }, '"deny"', 'give allow, disallow or both'],
]

describe('wrong options throw with their name, the value and what is allowed', () => {
  function refuses(
    option: string,
    attempt: (value: unknown) => () => unknown,
    wrong: readonly Wrong[],
  ): void {
    for (const [value, ...parts] of wrong) {
      it(`${option}: ${parts[0]}`, () => {
        assert.throws(attempt(value), (error: unknown) => {
          assert.ok(error instanceof TypeError || error instanceof RangeError)
          for (const part of [option, ...parts]) {
            assert.ok(error.message.includes(part), `"${error.message}" should include "${part}"`)
          }
          return true
        })
      })
    }
  }

  describe('of createTelemetry', () => {
    const option = (name: string) => (value: unknown) => call(createTelemetry, { [name]: value })
    const limit = (name: string) => (value: unknown) =>
      call(createTelemetry, { logRecordLimits: { [name]: value } })

    refuses('options', (value) => call(createTelemetry, value), [
      [null, 'null', 'an object'],
      ['text', '"text"', 'an object'],
      [[], 'an array', 'an object'],
    ])
    refuses('minLevel', option('minLevel'), [
      ['loud', '"loud"', "'trace', 'debug', 'info', 'warn', 'error', 'fatal', 'report'", 'from 1 to 24'],
      [0, '0', 'from 1 to 24'],
      [25, '25', 'from 1 to 24'],
      [9.5, '9.5', 'from 1 to 24'],
      [null, 'null', 'from 1 to 24'],
      [{}, 'an object', 'from 1 to 24'],
    ])
    const oneOfTheLevels = "'trace', 'debug', 'info', 'warn', 'error', 'fatal', 'report'"
    refuses('minLevel', option('minLevel'), [
      [[['app', 'loud']], '"loud"', oneOfTheLevels],
      [[['app', 25]], '25', 'from 1 to 24'],
      [[[1, 'info']], '1', 'a text (with * for any characters) or a RegExp'],
      [['info'], '"info"', "[['app.*', 'debug']]"],
    ])
    refuses('enabled', option('enabled'), [
      ['true', '"true"', 'true or false'],
      [null, 'null', 'true or false'],
    ])
    for (const filter of ['nsFilter', 'idFilter']) refuses(filter, option(filter), WRONG_NAME_FILTERS)
    refuses('location', option('location'), [
      ['always', '"always"', "'off', 'errors', 'all'"],
      [true, 'true', "'off', 'errors', 'all'"],
    ])
    refuses('loggerProvider', option('loggerProvider'), [
      [{}, 'an object', 'getLogger'],
      ['global', '"global"', 'getLogger'],
      [null, 'null', 'getLogger'],
    ])
    refuses('meterProvider', option('meterProvider'), [
      [{}, 'an object', 'getMeter'],
      [1, '1', 'getMeter'],
    ])
    refuses('resource', option('resource'), [
      [{}, 'an object', 'attributes'],
      ['shop', '"shop"', 'attributes'],
      [null, 'null', 'attributes'],
    ])
    refuses('logRecordLimits', option('logRecordLimits'), [[128, '128', 'an object']])
    refuses('logRecordLimits.attributeCountLimit', limit('attributeCountLimit'), [
      [-1, '-1', 'from 0'],
      [1.5, '1.5', 'a whole number'],
      ['128', '"128"', 'a number'],
    ])
    refuses('logRecordLimits.attributeValueLengthLimit', limit('attributeValueLengthLimit'), [
      [0, '0', 'from 1'],
      [NaN, 'NaN', 'a whole number'],
      [null, 'null', 'a number'],
    ])
  })

  describe('of a handler', () => {
    let telemetry: Telemetry

    beforeEach(() => {
      telemetry = createTelemetry()
    })

    afterEach(() => assert.deepEqual(telemetry.getHandlers(), {}, 'nothing was added'))

    const add = (...args: unknown[]) => Reflect.apply(telemetry.addHandler, undefined, args)
    const option = (name: string) => (value: unknown) => () => add('id', () => {}, { [name]: value })
    const async = (name: string) => (value: unknown) => () =>
      add('id', () => {}, { async: { [name]: value } })

    refuses('id', (value) => () => add(value, () => {}), [
      ['', '""', 'not empty'],
      [1, '1', 'a string'],
      [undefined, 'undefined', 'a string'],
    ])
    refuses('handler', (value) => () => add('id', value), [
      [undefined, 'undefined', 'a function, an exporter'],
      ['console', '"console"', 'a function, an exporter'],
      [{}, 'an object', 'a processor'],
      [{ onEmit() {} }, 'an object', 'onEmit, forceFlush and shutdown'],
      [{ export() {} }, 'an object', 'export and shutdown'],
    ])
    refuses('options', (value) => () => add('id', () => {}, value), [
      [null, 'null', 'an object'],
      ['async', '"async"', 'an object'],
    ])
    refuses('enabled', option('enabled'), [
      ['yes', '"yes"', 'true or false'],
      [null, 'null', 'true or false'],
    ])
    refuses('minLevel', option('minLevel'), [['loud', '"loud"', "'trace', 'debug'"]])
    for (const filter of ['ns', 'id']) refuses(filter, option(filter), WRONG_NAME_FILTERS)
    refuses('sample', option('sample'), [
      [1.01, '1.01', 'a number from 0 to 1'],
      [-0.1, '-0.1', 'a number from 0 to 1'],
      [Number.NaN, 'NaN', 'a number from 0 to 1'],
      ['1', '"1"', 'a number from 0 to 1'],
      [null, 'null', 'a number from 0 to 1'],
    ])
    refuses('limit', option('limit'), [
      [5, '5', '[[5, 60000]]'],
      [[], 'an empty array', 'leave it out'],
      [[5, 60_000], '5', '[[5, 60000]]'],
      [[[5]], 'an array', '[[5, 60000]]'],
      [[[0, 60_000]], '[0, 60000]', 'from 1'],
      [[[5, 0]], '[5, 0]', 'from 1'],
      [[[5, 2 ** 31]], '[5, 2147483648]', 'to 2147483647'],
      [[[1.5, 1]], '[1.5, 1]', 'a whole number'],
      [[['5', 1]], 'an array', '[[5, 60000]]'],
    ])
    refuses('when', option('when'), [
      [true, 'true', 'a function'],
      [null, 'null', 'a function'],
    ])
    refuses('transform', option('transform'), [[{}, 'an object', 'a function']])
    refuses('async', option('async'), [
      ['dropping', '"dropping"', 'true, false or an object'],
      [null, 'null', 'true, false or an object'],
      [1024, '1024', 'true, false or an object'],
    ])
    refuses('async.mode', async('mode'), [
      ['drop', '"drop"', "'dropping', 'blocking', 'sliding'"],
      [null, 'null', "'dropping', 'blocking', 'sliding'"],
    ])
    refuses('async.bufferSize', async('bufferSize'), [
      [0, '0', 'from 1 to 16777216'],
      [2 ** 24 + 1, '16777217', 'from 1 to 16777216'],
      [1.5, '1.5', 'a whole number'],
      ['1024', '"1024"', 'a number'],
    ])
    refuses('async.nThreads', async('nThreads'), [
      [0, '0', 'from 1 to 1024'],
      [Number.POSITIVE_INFINITY, 'Infinity', 'from 1 to 1024'],
      [null, 'null', 'a number'],
    ])
    refuses(
      'enabled',
      (value) => () =>
        add('id', new SimpleLogRecordProcessor({ exporter: new InMemoryLogRecordExporter() }), {
          enabled: value,
        }),
      [[0, '0', 'true or false']],
    )
    refuses(
      'async',
      (value) => () =>
        add('id', new SimpleLogRecordProcessor({ exporter: new InMemoryLogRecordExporter() }), {
          async: value,
        }),
      [
        [false, 'false', 'used as it is'],
        [{ mode: 'sliding' }, 'an object', 'used as it is'],
      ],
    )
    refuses('async', (value) => () => add('id', new InMemoryLogRecordExporter(), { async: value }), [
      [false, 'exportSync', 'otlp()'],
    ])
    refuses('mode', (value) => () => add('id', new InMemoryLogRecordExporter(), { async: { mode: value } }), [
      ['blocking', 'exportSync', "'dropping' or 'sliding'"],
    ])
  })

  describe('of files, streams and OTLP', () => {
    const { addFileHandler, addOtlpHandler, addStderrHandler, addStdoutHandler } = createTelemetry()
    const exporter = (name: string) => (value: unknown) =>
      call(addOtlpHandler, 'id', { exporter: { [name]: value } })

    refuses('path', (value) => call(addFileHandler, value), [
      [undefined, 'undefined'],
      ['', '""'],
    ])
    refuses('path', (value) => call(addFileHandler, 'id', value), [
      [1, '1'],
      [undefined, 'undefined'],
    ])
    refuses('id', (value) => call(addFileHandler, value, 'app.log'), [['', '""', 'not empty']])
    refuses('format', (value) => call(addFileHandler, 'id', 'app.log', { format: value }), [
      ['json', '"json"'],
    ])
    refuses('options', (value) => call(addFileHandler, 'id', 'app.log', value), [[null, 'null', 'an object']])
    for (const addStream of [addStdoutHandler, addStderrHandler]) {
      refuses('id', (value) => call(addStream, value), [['', '""', 'not empty']])
      refuses('format', (value) => call(addStream, 'id', { format: value }), [['text', '"text"']])
      refuses('options', (value) => call(addStream, 'id', value), [[1, '1', 'an object']])
      refuses('enabled', (value) => call(addStream, 'id', { enabled: value }), [[1, '1', 'true or false']])
    }
    refuses('async', (value) => call(addOtlpHandler, 'id', { async: value }), [
      [1, '1', 'true, false or an object'],
    ])
    refuses('options', (value) => call(addOtlpHandler, 'id', value), [[null, 'null', 'an object']])
    refuses('otlp()', (value) => call(addOtlpHandler, 'id', { exporter: value }), [
      ['otlp', '"otlp"', 'an object'],
    ])
    refuses('url', exporter('url'), [
      ['collector:4318', 'http or https'],
      ['ftp://collector', 'http or https'],
      [4318, '4318', 'http or https'],
    ])
    refuses('headers', exporter('headers'), [
      [{ authorization: 1 }, '1', 'a string'],
      ['authorization', '"authorization"', 'object'],
    ])
    refuses('timeoutMillis', exporter('timeoutMillis'), [
      [0, '0', 'from 1'],
      ['1s', '"1s"', 'a number'],
    ])
    refuses('keepAlive', exporter('keepAlive'), [['yes', '"yes"', 'true or false']])
    refuses('userAgent', exporter('userAgent'), [[1, '1', 'a string']])
    refuses('httpAgentOptions', exporter('httpAgentOptions'), [
      [() => undefined, 'a function', 'moduleExporter'],
    ])
    refuses('compression', exporter('compression'), [['zstd', '"zstd"', "'gzip', 'none'"]])

    it('a URL with a credential is not told', () => {
      assert.throws(
        call(addOtlpHandler, 'id', { exporter: { url: 'ftp://user:secret@collector' } }),
        (error: unknown) => {
          return error instanceof TypeError && !error.message.includes('secret')
        },
      )
    })
  })

  describe('of the switches', () => {
    const { setEnabled, setMinLevel, setNsFilter, setIdFilter } = createTelemetry()

    refuses('isEnabled', (value) => call(setEnabled, value), [[undefined, 'undefined', 'true or false']])
    refuses('level', (value) => call(setMinLevel, value), [
      ['verbose', '"verbose"', "'trace'"],
      [-1, '-1', 'from 1 to 24'],
    ])
    refuses('level', (value) => call(setMinLevel, 'app.*', value), [
      ['verbose', '"verbose"', "'trace'"],
      [null, 'null', "'trace'"],
    ])
    refuses('ns', (value) => call(setMinLevel, value, 'info'), [
      [5, '5', 'a text (with * for any characters) or a RegExp'],
      [['app'], 'an array', 'a text'],
    ])
    refuses('nsFilter', (value) => call(setNsFilter, value), WRONG_NAME_FILTERS)
    refuses('idFilter', (value) => call(setIdFilter, value), WRONG_NAME_FILTERS)

    it('timeoutMillis of flushTelemetry, as a rejection', async () => {
      const { flushTelemetry } = createTelemetry()
      await assert.rejects(flushTelemetry({ timeoutMillis: -1 }), /timeoutMillis .* from 0 .* got -1/)
    })
  })

  it('right ones do not throw', () => {
    const telemetry = createTelemetry({
      resource: resourceFromAttributes({}),
      logRecordLimits: { attributeCountLimit: Number.POSITIVE_INFINITY, attributeValueLengthLimit: 1 },
      minLevel: 24,
      nsFilter: { disallow: new Set([/x/]) },
      idFilter: ['a.*', ''],
      enabled: false,
      location: 'errors',
    })
    telemetry.addHandler('id', () => {}, { minLevel: [], sample: 0, limit: [[1, 1]], ns: '', id: /x/g })
    telemetry.setMinLevel('report')
    telemetry.setMinLevel(1)
  })
})
