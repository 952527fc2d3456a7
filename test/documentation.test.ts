import { deepStrictEqual, ok } from 'node:assert/strict'
import { type Declared, declarations, exportedNames, members } from './support/documentation.js'

/** What is declared and has no comment. */
function undocumented(declared: Iterable<Declared>): string[] {
  return [...declared].filter(({ isDocumented }) => !isDocumented).map(({ name }) => name)
}

describe('the documentation of what is exported', () => {
  const exported = exportedNames()
  const bare = exported.filter(({ file }) => file.endsWith('/default-telemetry.d.ts'))
  const declared = exported.filter((name) => !bare.includes(name))

  it('is looked for at all names', () => {
    const names = exported.map(({ name }) => name)
    for (const name of ['log', 'createTelemetry', 'QueueLogRecordProcessor', 'HandlerOptions', 'Reserve']) {
      ok(names.includes(name), name)
    }
  })

  for (const { name, file } of declared) {
    it(`is there for ${name}, and for each of its members`, () => {
      const declaration = declarations(file).get(name)
      ok(declaration !== undefined, `${name} is not in ${file}`)
      ok(declaration.isDocumented, `${name} has no comment`)
      deepStrictEqual(undocumented(members(file, name).values()), [])
    })
  }

  it('is there for the bare functions, at the methods of Telemetry', () => {
    const methods = new Map(
      [
        'TelemetryLogger',
        'RunCalls',
        'HandlerControl',
        'TelemetryHealth',
        'ProductionSetup',
        'ImpactBenchmark',
        'Telemetry',
      ].flatMap((name) => {
        const { file } = declared.find((candidate) => candidate.name === name) ?? {}
        ok(file !== undefined, name)
        return [...members(file, name)]
      }),
    )
    for (const { name } of bare) {
      if (name !== 'telemetry') ok(methods.get(name)?.isDocumented, name)
    }
  })
})
