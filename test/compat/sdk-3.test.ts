import { match, ok, strictEqual } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type CodeBlock, codeBlocks, isCommonJs, ROOT } from '../support/code-blocks.js'
import { leaveOut } from '../support/leave-out.js'
import { NODE } from '../support/node-24.js'
import { OtlpReceiver } from '../support/otlp-receiver.js'
import { installSdk3 } from '../support/sdk-3.js'
import { CONSUMER } from './consumer.js'

const run = promisify(execFile)

const examples = codeBlocks('README.md').filter(({ code }) => code.includes('new QueueLogRecordProcessor('))
const facadeExample = codeBlocks('README.md').find(({ code }) => code.includes('import * as sluice'))

describe('SDK 3.1, on Node.js 24', () => {
  let folder = ''
  let node = ''

  before('install both, and this package beside them', async function () {
    this.timeout(180_000)
    const installed = await installSdk3('readme')
    if (typeof installed === 'string') leaveOut(this, installed)
    folder = installed.folder
    node = installed.node
  })

  it('is what runs here', async () => {
    const path = "require.resolve('@opentelemetry/sdk-logs')"
    const { stdout } = await run(node, ['-p', `process.version + ' ' + ${path}`], { cwd: folder })
    ok(stdout.startsWith(`v${NODE} ${join(folder, 'node_modules', '@opentelemetry', 'sdk-logs')}`), stdout)
    ok(!existsSync(join(folder, 'node_modules', '@opentelemetry', 'api-logs')))
  })

  it('has the README show both kinds of modules', () => {
    strictEqual(examples.filter(isCommonJs).length, 1)
    strictEqual(examples.length, 2)
  })

  for (const example of examples) {
    it(`runs the README's processor (${isCommonJs(example) ? 'CommonJS' : 'ES module'})`, async () => {
      const { stdout, bodies } = await runExample(example)
      match(stdout, /exported: 1,/)
      strictEqual(bodies.join(), 'ready')
    })
  }

  it("runs the README's facade", async () => {
    ok(facadeExample !== undefined)
    const { bodies } = await runExample(facadeExample)
    ok(bodies.includes('ready'))
    ok(bodies.includes('slow'))
  })

  for (const preload of ['--import', '--require']) {
    it(`is set up by ${preload} otel-sluice/register, for the logs API that it has`, async () => {
      const program = `
        import { logs } from '@opentelemetry/api'
        logs.getLogger('shop').emit({ body: 'ready' })
      `
      const { bodies, resources } = await runExample({ code: program }, preload, 'otel-sluice/register')
      strictEqual(bodies.join(), 'ready')
      strictEqual(resources[0]?.['service.name'], 'shop')
    })
  }

  it('compiles against our types, as an ES module and as CommonJS, none of them left unchecked', async function () {
    this.timeout(60_000)
    await compile(folder)
  })

  async function runExample(
    example: Pick<CodeBlock, 'code'>,
    ...options: string[]
  ): Promise<{ stdout: string; bodies: unknown[]; resources: Record<string, unknown>[] }> {
    const receiver = await OtlpReceiver.start()
    const program = join(folder, isCommonJs(example) ? 'example.cjs' : 'example.mjs')
    writeFileSync(program, example.code)
    try {
      const { stdout, stderr } = await run(node, [...options, program], {
        cwd: folder,
        env: {
          ...process.env,
          OTEL_EXPORTER_OTLP_ENDPOINT: new URL(receiver.url).origin,
          OTEL_SERVICE_NAME: 'shop',
        },
        timeout: 15_000,
      })
      strictEqual(stderr, '')
      const { records } = receiver
      return {
        stdout,
        bodies: records.map(({ body }) => body),
        resources: records.map(({ resource }) => resource.attributes),
      }
    } finally {
      await receiver.close()
    }
  }
})

describe('SDK 0.223', () => {
  it('compiles against our types, as an ES module and as CommonJS, none of them left unchecked', async function () {
    this.timeout(60_000)
    const folder = join(ROOT, 'build', 'sdk-0.223')
    mkdirSync(folder, { recursive: true })
    await compile(folder)
  })
})

/**
 * With the newest rules for modules, and with those that let no CommonJS module name the types of an ES module.
 *
 * @throws an error with what the compiler printed, if it found anything
 */
async function compile(folder: string): Promise<void> {
  writeFileSync(join(folder, 'consumer.mts'), CONSUMER)
  writeFileSync(join(folder, 'consumer.cts'), CONSUMER)
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  for (const module of ['nodenext', 'node16']) {
    const options = ['--noEmit', '--strict', '--module', module, '--target', 'es2023', '--lib', 'es2024']
    const checks = ['--skipLibCheck', 'false', '--types', 'node', '--exactOptionalPropertyTypes']
    const args = [compiler, '--ignoreConfig', ...options, ...checks, 'consumer.mts', 'consumer.cts']
    await run(process.execPath, args, { cwd: folder }).catch(({ stdout }: { stdout: string }) => {
      throw new Error(`--module ${module}: ${stdout}`)
    })
  }
}
