import { deepStrictEqual, match, notStrictEqual, ok, strictEqual, throws } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OtlpOptions, otlp } from 'otel-sluice'
import { systemClock } from '#src/common/clock.js'
import { openOtlpDestination } from '#src/exporters/otlp/open-otlp-destination.js'
import type { Delivered } from '#src/exporters/thread/destination.js'
import { selfSigned } from '../../support/certificates.js'
import { ROOT } from '../../support/code-blocks.js'
import { diagnosticsDuring } from '../../support/diagnostics.js'
import { encodedBatch } from '../../support/encoded-batch.js'
import { logRecord } from '../../support/log-records.js'
import { hang, OtlpReceiver, type ReceivedRequest } from '../../support/otlp-receiver.js'

const PREFIX = 'OTEL_EXPORTER_OTLP_'

describe('otlp()', () => {
  describe('throws for options that are wrong, with their names', () => {
    const wrong: [name: string, value: unknown][] = [
      ['url', 'localhost:4318'],
      ['url', 'ftp://localhost/v1/logs'],
      ['url', 4318],
      ['url', null],
      ['headers', 'authorization'],
      ['headers', new Map([['authorization', 'none']])],
      ['headers', ['authorization']],
      ['headers', null],
      ['headers["retries"]', 3],
      ['headers["two words"]', 'value'],
      ['headers["lines"]', 'one\ntwo'],
      ['timeoutMillis', 0],
      ['timeoutMillis', -1],
      ['timeoutMillis', '10s'],
      ['timeoutMillis', Number.NaN],
      ['keepAlive', 'yes'],
      ['compression', 'zstd'],
      ['httpAgentOptions', 'agent'],
      ['httpAgentOptions', null],
      ['userAgent', ''],
      ['userAgent', 'two\nlines'],
      ['userAgent', 7],
    ]
    for (const [name, value] of wrong) {
      it(`${name}: ${typeof value === 'object' ? Object.prototype.toString.call(value) : String(value)}`, () => {
        const [, option = '', key] = /^(\w+)(?:\["(.*)"\])?$/.exec(name) ?? []
        const options = { [option]: key === undefined ? value : { [key]: value } }
        throws(
          () => Reflect.apply(otlp, undefined, [options]),
          (error: Error) => {
            ok(error instanceof TypeError || error instanceof RangeError)
            ok(error.message.startsWith(`${name} must be `), error.message)
            return true
          },
        )
      })
    }

    it('options that are no object', () => {
      for (const options of [null, 'http://localhost:4318', 7]) {
        throws(
          () => Reflect.apply(otlp, undefined, [options]),
          /^TypeError: the options of otlp\(\) must be an object/,
        )
      }
    })

    it('without telling what may be a credential', () => {
      const secrets: OtlpOptions[] = [
        { url: 'ftp://me:secret@localhost' },
        { headers: { authorization: 'secret\n' } },
      ]
      for (const options of secrets) {
        throws(
          () => otlp(options),
          ({ message }: Error) => !message.includes('secret'),
        )
      }
    })
  })

  it('throws for a function, wherever it is among the options, and names moduleExporter', () => {
    const functions = {
      headers: () => ({}),
      httpAgentOptions: () => ({}),
      url: { toString: () => 'http://localhost:4318' },
    }
    for (const [option, value] of Object.entries(functions)) {
      throws(
        () => Reflect.apply(otlp, undefined, [{ [option]: value }]),
        ({ name, message }: Error) =>
          name === 'TypeError' && message.startsWith(option) && message.includes('moduleExporter()'),
      )
    }
    throws(
      () => otlp({ httpAgentOptions: { lookup: () => undefined } }),
      /httpAgentOptions .* moduleExporter\(\)/,
    )
  })

  it('says what to install where the package is not', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-otlp-'))
    try {
      const packages = join(folder, 'node_modules')
      for (const part of ['dist', 'package.json']) {
        cpSync(join(ROOT, part), join(packages, 'otel-sluice', part), { recursive: true })
      }
      cpSync(join(ROOT, 'node_modules/@opentelemetry/api'), join(packages, '@opentelemetry/api'), {
        recursive: true,
      })
      for (const name of ['core', 'sdk-logs']) {
        symlinkSync(join(ROOT, 'node_modules/@opentelemetry', name), join(packages, '@opentelemetry', name))
      }
      const program = join(folder, 'program.mjs')
      writeFileSync(
        program,
        "import { otlp } from 'otel-sluice'\ntry { otlp() } catch (error) { console.log(error.message) }\n",
      )
      const said = execFileSync(process.execPath, [program], { encoding: 'utf8' })
      match(said, /^otlp\(\) needs the package @opentelemetry\/exporter-logs-otlp-http: install it/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  describe('brings to the request', () => {
    let receiver: OtlpReceiver
    let variables: Record<string, string | undefined>

    beforeEach(async () => {
      receiver = await OtlpReceiver.start()
      variables = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith(PREFIX)))
      clear()
    })

    afterEach(async () => {
      clear()
      Object.assign(process.env, variables)
      await receiver.close()
    })

    function clear(): void {
      for (const name of Object.keys(process.env)) if (name.startsWith(PREFIX)) delete process.env[name]
    }

    /** What becomes of one record; the thread that exports has none of the variables. */
    async function deliver(
      environment: Record<string, string>,
      options?: OtlpOptions,
      giveUp = AbortSignal.timeout(1_000),
    ): Promise<Delivered[]> {
      for (const [name, value] of Object.entries(environment)) process.env[`${PREFIX}${name}`] = value
      const description = structuredClone(otlp(options))
      clear()
      const destination = await openOtlpDestination(description, 10_000, systemClock)
      deepStrictEqual(
        Object.keys(process.env).filter((name) => name.startsWith(PREFIX)),
        [],
      )
      const settled: Delivered[] = []
      try {
        await destination.deliver(encodedBatch([logRecord()]), (delivered) => settled.push(delivered), giveUp)
      } finally {
        destination.close()
      }
      return settled
    }
    const request = async (
      environment: Record<string, string>,
      options?: OtlpOptions,
    ): Promise<ReceivedRequest> => {
      deepStrictEqual(await deliver(environment, options), [{ exported: 1, failed: 0 }])
      const [received] = receiver.requests.slice(-1)
      ok(received !== undefined)
      return received
    }
    const origin = () => new URL(receiver.url).origin

    it('its options', async () => {
      const { url, headers } = await request(
        {},
        {
          url: `${receiver.url}?tenant=7`,
          headers: { authorization: 'mine' },
          compression: 'gzip',
          userAgent: 'shop/1.0',
        },
      )
      strictEqual(url, '/v1/logs?tenant=7')
      strictEqual(headers.authorization, 'mine')
      strictEqual(headers['content-encoding'], 'gzip')
      strictEqual(headers['content-type'], 'application/x-protobuf')
      match(headers['user-agent'] ?? '', /^shop\/1\.0 otel-sluice\/\d+\.\d+\.\d+/)
    })

    it('the name and the version of the library as the user agent', async () => {
      const { headers } = await request({}, { url: receiver.url })
      match(headers['user-agent'] ?? '', /^otel-sluice\/\d+\.\d+\.\d+/)
    })

    it('OTEL_EXPORTER_OTLP_ENDPOINT, with the path of logs behind it, whether it has one or none', async () => {
      strictEqual((await request({ ENDPOINT: origin() })).url, '/v1/logs')
      strictEqual((await request({ ENDPOINT: `${origin()}/` })).url, '/v1/logs')
      // The receiver serves no other path, and says so.
      const [elsewhere] = await deliver({ ENDPOINT: `${origin()}/collector` })
      deepStrictEqual(elsewhere, { exported: 0, failed: 1, reason: '404' })
      strictEqual(receiver.requests.at(-1)?.url, '/collector/v1/logs')
    })

    it('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT as it is, before the other', async () => {
      const environment = { ENDPOINT: 'http://127.0.0.1:1', LOGS_ENDPOINT: `${receiver.url}?tenant=7` }
      strictEqual((await request(environment)).url, '/v1/logs?tenant=7')
    })

    it('options before variables', async () => {
      const environment = { LOGS_ENDPOINT: 'http://127.0.0.1:1', LOGS_HEADERS: 'a=variable,b=variable' }
      const { headers } = await request(environment, { url: receiver.url, headers: { a: 'option' } })
      strictEqual(headers.a, 'option')
      strictEqual(headers.b, 'variable')
    })

    it('the default endpoint, with a warning, for one that is no http or https URL', async () => {
      const warnings = await diagnosticsDuring(async () => {
        process.env[`${PREFIX}ENDPOINT`] = 'localhost:4318'
        strictEqual(otlp().options.url, 'http://localhost:4318/v1/logs')
      })
      deepStrictEqual(warnings, [
        'otel-sluice: OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL, such as http://localhost:4318/v1/logs: it is not used',
      ])
    })

    it('OTEL_EXPORTER_OTLP_HEADERS and OTEL_EXPORTER_OTLP_LOGS_HEADERS', async () => {
      const { headers } = await request({
        ENDPOINT: origin(),
        HEADERS: 'a=general,b=general%20value',
        LOGS_HEADERS: 'a=logs',
      })
      strictEqual(headers.a, 'logs')
      strictEqual(headers.b, 'general value')
    })

    it('OTEL_EXPORTER_OTLP_COMPRESSION and OTEL_EXPORTER_OTLP_LOGS_COMPRESSION', async () => {
      const encoding = async (environment: Record<string, string>) =>
        (await request({ ENDPOINT: origin(), ...environment })).headers['content-encoding']
      strictEqual(await encoding({ COMPRESSION: 'gzip' }), 'gzip')
      strictEqual(await encoding({ COMPRESSION: 'gzip', LOGS_COMPRESSION: 'none' }), undefined)
    })

    it('OTEL_EXPORTER_OTLP_TIMEOUT and OTEL_EXPORTER_OTLP_LOGS_TIMEOUT', async () => {
      receiver.behaviour = () => hang
      for (const name of ['TIMEOUT', 'LOGS_TIMEOUT']) {
        const before = receiver.requests.length
        const environment = { ENDPOINT: origin(), TIMEOUT: '600000', [name]: '20' }
        const giveUp = new AbortController()
        const delivered = deliver(environment, {}, giveUp.signal)
        // Sent again, so it waited no longer for the first answer.
        await receiver.waitForRequests(before + 2)
        giveUp.abort()
        deepStrictEqual(await delivered, [])
      }
    })

    it('OTEL_EXPORTER_OTLP_CERTIFICATE, CLIENT_KEY and CLIENT_CERTIFICATE, also beside keepAlive: true', async () => {
      const server = selfSigned('receiver')
      const client = selfSigned('client')
      const folder = mkdtempSync(join(tmpdir(), 'sluice-otlp-'))
      const file = (name: string, text: string) => {
        const path = join(folder, name)
        writeFileSync(path, text)
        return path
      }
      const secured = await OtlpReceiver.startTls({ ...server, ca: client.cert, requestCert: true })
      try {
        const files = {
          CERTIFICATE: file('ca.pem', server.cert),
          CLIENT_KEY: file('key.pem', client.key),
          CLIENT_CERTIFICATE: file('cert.pem', client.cert),
        }
        const forLogs = Object.fromEntries(
          Object.entries(files).map(([name, path]) => [`LOGS_${name}`, path]),
        )
        deepStrictEqual(await deliver({ ENDPOINT: new URL(secured.url).origin }), [])
        for (const environment of [files, forLogs]) {
          for (const options of [{}, { keepAlive: true }]) {
            const all = { ENDPOINT: new URL(secured.url).origin, ...environment }
            deepStrictEqual(await deliver(all, options), [{ exported: 1, failed: 0 }])
          }
        }
        const { ca, ...identity } = { ca: server.cert, ...client }
        const options = { url: secured.url, httpAgentOptions: { ca: Buffer.from(ca), ...identity } }
        deepStrictEqual(await deliver({}, options), [{ exported: 1, failed: 0 }])
      } finally {
        await secured.close()
        rmSync(folder, { recursive: true })
      }
    })

    it('one connection, kept whatever else is said of the agent, unless keepAlive is false', async () => {
      const connections = async (options: OtlpOptions) => {
        const before = receiver.connections
        const destination = await openOtlpDestination(
          otlp({ url: receiver.url, ...options }),
          10_000,
          systemClock,
        )
        const batch = encodedBatch([logRecord()])
        const never = new AbortController().signal
        for (let i = 0; i < 3; i++) await destination.deliver(batch, () => undefined, never)
        destination.close()
        return receiver.connections - before
      }
      strictEqual(await connections({}), 1)
      strictEqual(await connections({ httpAgentOptions: { maxSockets: 3 } }), 1)
      strictEqual(await connections({ keepAlive: true }), 1)
      notStrictEqual(await connections({ keepAlive: false }), 1)
    })
  })
})
