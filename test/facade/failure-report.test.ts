import assert from 'node:assert/strict'
import { diag } from '@opentelemetry/api'
import { FailureReport } from '#src/facade/failure-report.js'
import { ManualClock } from '../support/manual-clock.js'
import { recordDiagnostics } from '../support/recorded-diagnostics.js'

describe('the report of failures', () => {
  let clock: ManualClock
  let diagnostics: string[]
  let lines: string[]
  let report: FailureReport

  beforeEach(() => {
    clock = new ManualClock()
    diagnostics = recordDiagnostics()
    lines = []
    report = new FailureReport('handler "x"', clock, (line) => lines.push(line))
  })

  afterEach(() => diag.disable())

  it('is made even if neither diag nor stderr takes it, and never throws', () => {
    const refuse = () => {
      throw new Error('refused')
    }
    diag.disable()
    diag.setLogger({ error: refuse, warn: refuse, info: refuse, debug: refuse, verbose: refuse })
    report.add(new Error('x'))
    assert.equal(lines.length, 1)
    new FailureReport('handler "y"', clock, refuse).add(new Error('x'))
  })

  it('survives an error that cannot be read', () => {
    report.add(
      new Proxy(new Error('x'), {
        get() {
          throw new Error('refused')
        },
        has() {
          throw new Error('refused')
        },
      }),
    )
    assert.deepEqual(lines, ['otel-sluice: handler "x" failed, last with a thrown object\n'])
  })

  it('goes to diag and to stderr: what failed, and the kind of error, not what it says', () => {
    report.add(Object.assign(new TypeError('body: a secret'), { code: 'ECONNREFUSED' }))
    assert.deepEqual(lines, ['otel-sluice: handler "x" failed, last with TypeError (ECONNREFUSED)\n'])
    assert.deepEqual(diagnostics, [
      'error: otel-sluice: handler "x" failed, last with TypeError (ECONNREFUSED)',
    ])
  })

  it('does not tell a code that is a text of any kind', () => {
    report.add(Object.assign(new Error('x'), { code: 'the secret is 42' }))
    assert.deepEqual(lines, ['otel-sluice: handler "x" failed, last with Error\n'])
  })

  it('is made at once, then at most once a minute, with the number of failures', async () => {
    report.add('thrown')
    report.add('thrown', 10)
    await clock.advance(59_999)
    report.add('thrown')
    assert.deepEqual(lines, ['otel-sluice: handler "x" failed, last with a thrown string\n'])
    await clock.advance(1)
    report.add('thrown', 5)
    assert.deepEqual(lines.slice(1), [
      'otel-sluice: handler "x" failed 16 times, last with a thrown string\n',
    ])
  })

  it('ends a loop: a diag logger whose logging fails in turn', () => {
    const again = () => report.add('thrown')
    diag.disable()
    diag.setLogger({ error: again, warn: again, info: again, debug: again, verbose: again })
    report.add('thrown')
    assert.equal(lines.length, 1)
  })
})
