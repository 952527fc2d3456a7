import { equal, match, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { WriteStream } from 'node:tty'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'
import { coloredLine, readableLine } from '#src/exporters/readable-line.js'
import { styleOn } from '#src/exporters/terminal-colors.js'
import { leaveOut } from '../support/leave-out.js'
import { logRecord } from '../support/log-records.js'

const run = promisify(execFile)
const CHILD = fileURLToPath(new URL('./fixtures/log-to-terminal.js', import.meta.url))

/** What Node says of colours on a terminal, without one. */
const { hasColors, getColorDepth } = WriteStream.prototype
const terminal = { isTTY: true, hasColors, getColorDepth }
const XTERM = { TERM: 'xterm' }
/** Whatever the tests run in; Node takes no output of continuous integration for coloured. */
const TERMINAL = {
  TERM: 'xterm',
  CI: undefined,
  FORCE_COLOR: undefined,
  NO_COLOR: undefined,
  SHELL: '/bin/sh',
}

describe('colours', () => {
  it('are for readable lines on a terminal that has them', () => {
    equal(styleOn(terminal, 'readable', XTERM), 'colored')
    equal(styleOn(terminal, 'otlp-json', XTERM), 'otlp-json')
    equal(styleOn(terminal, 'readable', { TERM: 'dumb' }), 'readable')
  })

  it('never go into a pipe or a file, whatever the environment says', () => {
    equal(styleOn({}, 'readable', { ...XTERM, FORCE_COLOR: '1' }), 'readable')
    equal(styleOn({ isTTY: false }, 'readable', { ...XTERM, FORCE_COLOR: '1' }), 'readable')
  })

  it('are off with NO_COLOR, unless it is empty', () => {
    equal(styleOn(terminal, 'readable', { ...XTERM, NO_COLOR: '1' }), 'readable')
    equal(styleOn(terminal, 'readable', { ...XTERM, NO_COLOR: '1', FORCE_COLOR: '1' }), 'readable')
  })

  it('can be asked for on a terminal that seems to have none', () => {
    equal(styleOn(terminal, 'readable', { TERM: 'dumb', FORCE_COLOR: '1' }), 'colored')
  })

  it('mark time and level, and nothing else of the line', () => {
    for (const severityNumber of [1, 5, 9, 13, 17, 21, 24, 0, 99, undefined]) {
      const record = logRecord({
        ...(severityNumber !== undefined && { severityNumber }),
        body: '\u001b[31mred',
      })
      equal(stripVTControlCharacters(coloredLine(record)), readableLine(record))
    }
    const line = coloredLine(logRecord({ severityNumber: 17, severityText: '\u001b[0m', body: 'text' }))
    equal(line, '\u001b[2m2023-11-14T22:13:20.000Z\u001b[22m \u001b[31m\\u001b[0M\u001b[39m test text\n')
  })

  for (const where of ['here', 'on the export thread']) {
    it(`are seen on a real terminal (${where})`, async function () {
      const hasScript = await run('script', ['--version']).then(
        () => true,
        () => false,
      )
      if (!hasScript) leaveOut(this, 'the program script (util-linux), which makes terminals, is not here')
      const command = `'${process.execPath}' '${CHILD}' '${where}'`
      const { stdout } = await run('script', ['-qec', command, '/dev/null'], {
        env: { ...process.env, ...TERMINAL },
      })
      const [info = '', error = ''] = stdout.split('\r\n')
      match(info, / to stdout$/)
      match(error, / to stderr$/)
      ok(info.includes('\u001b[32mINFO\u001b[39m'), info)
      ok(error.includes('\u001b[31mERROR\u001b[39m'), error)
    })
  }

  it('do not come out of a process whose output is piped', async () => {
    const { stdout, stderr } = await run(process.execPath, [CHILD], { env: { ...XTERM, FORCE_COLOR: '1' } })
    match(stdout, /^\S+Z INFO \S+ to stdout\n/)
    match(stderr, /^\S+Z ERROR \S+ to stderr\n/)
  })
})
