import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { InMemoryLogRecordExporter } from '@opentelemetry/sdk-logs'
import { queueSettings } from '#src/processors/queue-options.js'
import { type CodeBlock, documentedCode, isCommonJs, ROOT } from './support/code-blocks.js'
import { OtlpReceiver } from './support/otlp-receiver.js'

const run = promisify(execFile)

/** How a command begins that preloads the package before a program of the reader's. */
const PRELOADED = 'node --import '

/** In the repository, so that the package finds itself by its name; written anew by every run. */
const FOLDER = join(ROOT, 'build', 'documented-code')

const blocks = documentedCode()
const named = (block: CodeBlock) => `${block.document}:${block.line}`
const fileName = ({ document, line }: CodeBlock) => `${document.replace(/\W/g, '-')}-${line}`

describe('the code in the documents', () => {
  const programs = blocks.filter(({ language }) => language === 'ts' || language === 'js')
  const commands = blocks.filter(({ language, code }) => language === 'sh' && !code.startsWith(PRELOADED))
  const preloaded = blocks.filter(({ language, code }) => language === 'sh' && code.startsWith(PRELOADED))

  it('is in a language that is checked here', () => {
    const others = blocks.filter((block) => ![...programs, ...commands, ...preloaded].includes(block))
    deepStrictEqual(others.map(named), [])
  })

  describe('TypeScript and JavaScript', () => {
    before('compile, with the types of every library checked', async function () {
      this.timeout(60_000)
      rmSync(FOLDER, { recursive: true, force: true })
      mkdirSync(FOLDER)
      for (const block of programs) {
        const extension = block.language === 'ts' ? 'ts' : isCommonJs(block) ? 'cjs' : 'mjs'
        writeFileSync(join(FOLDER, `${fileName(block)}.${extension}`), block.code)
      }
      const compilerOptions = {
        composite: false,
        declaration: false,
        sourceMap: false,
      }
      const config = { extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }
      writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(config))
      await tsc('-p', FOLDER)
    })

    for (const block of programs) {
      it(`${named(block)} runs, and delivers what it logs`, async () => {
        const receiver = await OtlpReceiver.start()
        const cwd = mkdtempSync(join(tmpdir(), 'sluice-docs-'))
        const extension = block.language === 'ts' ? 'js' : isCommonJs(block) ? 'cjs' : 'mjs'
        try {
          const { stderr } = await run(process.execPath, [join(FOLDER, `${fileName(block)}.${extension}`)], {
            cwd,
            env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: new URL(receiver.url).origin },
            timeout: 15_000,
          })
          // What goes to stderr on purpose is readable lines; all else is a complaint.
          if (!block.code.includes("'stderr'")) strictEqual(stderr, '')
          if (/OTLPLogExporter|otlp\(|addOtlpHandler/.test(block.code)) ok(receiver.records.length > 0)
          const [path] = /logs\/app\.log/.exec(block.code) ?? []
          if (path !== undefined) ok(readFileSync(join(cwd, path), 'utf8').endsWith('}\n'))
        } finally {
          await receiver.close()
          rmSync(cwd, { recursive: true })
        }
      })
    }
  })

  describe('commands that preload the package', () => {
    for (const block of preloaded) {
      it(`${named(block)} deliver what a program logs that knows nothing of it`, async () => {
        const receiver = await OtlpReceiver.start()
        const [command = '', ...options] = block.code.trim().split(' ')
        strictEqual(options.at(-1), 'app.js')
        const app = join(FOLDER, 'app.mjs')
        writeFileSync(
          app,
          "import { logs } from '@opentelemetry/api-logs'\nlogs.getLogger('app').emit({ body: 'ready' })\n",
        )
        try {
          strictEqual(command, 'node')
          const { stderr } = await run(process.execPath, [...options.slice(0, -1), app], {
            cwd: FOLDER,
            env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: new URL(receiver.url).origin },
            timeout: 15_000,
          })
          strictEqual(stderr, '')
          deepStrictEqual(
            receiver.records.map(({ body }) => body),
            ['ready'],
          )
        } finally {
          await receiver.close()
        }
      })
    }
  })

  describe('shell', () => {
    const manifest: {
      name: string
      scripts: Record<string, string>
      peerDependencies: Record<string, string>
      peerDependenciesMeta: Record<string, object>
    } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

    for (const block of commands) {
      it(`${named(block)} has only commands that exist`, () => {
        for (const command of block.code.trim().split(/\n|&&/)) checkCommand(command.trim())
      })
    }

    function checkCommand(command: string): void {
      const [program, verb = '', ...rest] = command.split(' ')
      if (program === 'node') {
        ok(existsSync(join(ROOT, verb)), command)
        return
      }
      strictEqual(program, 'npm', command)
      if (verb === 'ci') return
      if (verb === 'install') {
        const known = [
          manifest.name,
          ...Object.keys(manifest.peerDependencies),
          ...Object.keys(manifest.peerDependenciesMeta),
        ]
        deepStrictEqual(
          rest.filter((name) => !known.includes(name)),
          [],
        )
        return
      }
      const script = verb === 'run' ? rest[0] : verb
      ok(script !== undefined && script in manifest.scripts, `package.json has no script for "${command}"`)
    }
  })
})

describe("the README's table of options", () => {
  const rows = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^\| `(\w+)` \| (.*?) \|/gm)]
  const documented = new Map(rows.map(([, option = '', value = '']) => [option, value]))
  const { mode, ...settings } = queueSettings({ exporter: new InMemoryLogRecordExporter() })

  it('has every option that there is', () => {
    const optional = ['mode', 'reserve', 'meterProvider', 'onDrop']
    for (const option of [...Object.keys(settings), ...optional]) ok(documented.has(option), option)
  })

  it('has their defaults', () => {
    strictEqual(mode, 'dropping')
    for (const [option, value] of Object.entries(settings)) {
      if (typeof value !== 'number' && typeof value !== 'boolean') continue
      const text = documented.get(option)?.replaceAll('`', '').split(',')[0]
      strictEqual(text, String(value), option)
    }
  })
})

/** @throws an error with what the compiler printed, if it found anything */
async function tsc(...args: string[]): Promise<void> {
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...args]).catch(
    ({ stdout }: { stdout: string }) => {
      throw new Error(stdout)
    },
  )
}
