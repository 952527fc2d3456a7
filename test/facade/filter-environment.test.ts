import { deepStrictEqual, match, strictEqual } from 'node:assert/strict'
import { diag } from '@opentelemetry/api'
import { createTelemetry, type FilterSettings, type TelemetryOptions } from 'otel-sluice'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'

const DEFAULTS: FilterSettings = { minLevel: 'info', nsLevels: [] }

/** Every variable, what it may say and what that means, what it must not say, and an option that wins. */
const VARIABLES: readonly {
  readonly variable: string
  readonly good: readonly (readonly [text: string, means: Partial<FilterSettings>])[]
  readonly wrong: readonly string[]
  readonly given: TelemetryOptions
  readonly wins: Partial<FilterSettings>
}[] = [
  {
    variable: 'OTEL_SLUICE_MIN_LEVEL',
    good: [
      ['warn', { minLevel: 'warn' }],
      [' DEBUG ', { minLevel: 'debug' }],
      ['17', { minLevel: 17 }],
      ['app.*=debug', { nsLevels: [['app.*', 'debug']] }],
      [
        'app.db=TRACE, app.*=5 ,error',
        {
          minLevel: 'error',
          nsLevels: [
            ['app.db', 'trace'],
            ['app.*', 5],
          ],
        },
      ],
    ],
    wrong: ['loud', '0', '25', '9.5', 'info,warn', 'app.*=loud', '=info', 'app.*=', 'app.*=info,loud'],
    given: { minLevel: 'fatal' },
    wins: { minLevel: 'fatal' },
  },
  {
    variable: 'OTEL_SLUICE_NS_FILTER',
    good: [
      ['app.*', { ns: { allow: ['app.*'] } }],
      ['-debug.*', { ns: { disallow: ['debug.*'] } }],
      [' app.* , -app.noisy,lib,', { ns: { allow: ['app.*', 'lib'], disallow: ['app.noisy'] } }],
    ],
    wrong: [',', '-', 'app.*,-'],
    given: { nsFilter: 'option' },
    wins: { ns: { allow: ['option'] } },
  },
  {
    variable: 'OTEL_SLUICE_ID_FILTER',
    good: [['order.*,-order.polled', { id: { allow: ['order.*'], disallow: ['order.polled'] } }]],
    wrong: ['-'],
    given: { idFilter: { disallow: 'option' } },
    wins: { id: { disallow: ['option'] } },
  },
]

describe('the environment variables of the filters', () => {
  const names = [...VARIABLES.map(({ variable }) => variable), 'OTEL_SLUICE_ENABLED']
  const before = new Map(names.map((name) => [name, process.env[name]]))
  let said: string[]

  beforeEach(() => {
    said = recordDiagnostics()
    for (const name of names) delete process.env[name]
  })

  afterEach(() => {
    diag.disable()
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })

  for (const { variable, good, wrong, given, wins } of VARIABLES) {
    for (const [text, means] of good) {
      it(`${variable}=${text}`, () => {
        process.env[variable] = text
        deepStrictEqual(createTelemetry().getFilters(), { ...DEFAULTS, ...means })
        deepStrictEqual(said, [])
      })
    }

    for (const text of wrong) {
      it(`${variable}=${text} is wrong: warns, and filters as if it were not there`, () => {
        process.env[variable] = text
        deepStrictEqual(createTelemetry().getFilters(), DEFAULTS)
        strictEqual(said.length, 1)
        match(said[0] ?? '', new RegExp(`^warn: .*${variable} must be .*: the default is used$`))
      })
    }

    it(`${variable}: an option wins`, () => {
      process.env[variable] = good[0]?.[0]
      deepStrictEqual(createTelemetry(given).getFilters(), { ...DEFAULTS, ...wins })
    })
  }

  it('OTEL_SLUICE_ENABLED: true or false; an option wins, and anything else warns', () => {
    const isEnabled = (text: string, options?: TelemetryOptions) => {
      process.env.OTEL_SLUICE_ENABLED = text
      return createTelemetry(options).isEnabled()
    }
    deepStrictEqual([isEnabled('false'), isEnabled('TRUE'), isEnabled('')], [false, true, true])
    strictEqual(isEnabled('false', { enabled: true }), true)
    deepStrictEqual(said, [])
    strictEqual(isEnabled('off'), true)
    match(said.join(), /OTEL_SLUICE_ENABLED must be one of 'true', 'false', got "off"/)
  })
})
