import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './code-blocks.js'
import { NODE, NODE_PACKAGE, nodeProgram } from './node-24.js'
import { npmFolder } from './npm-folder.js'

export const SDK = '3.1.1'
export const EXPORTER = '0.301.0'

const PACKAGES = [
  `@opentelemetry/sdk-logs@${SDK}`,
  `@opentelemetry/core@${SDK}`,
  '@opentelemetry/api@1.10.0',
  `@opentelemetry/exporter-logs-otlp-http@${EXPORTER}`,
]

/** A folder with SDK 3 and this package in it, and a Node.js that SDK 3 supports. */
export interface Sdk3 {
  readonly folder: string
  /** The program of Node.js. */
  readonly node: string
}

/**
 * Installs them, with this package beside them as npm would put it there.
 *
 * @param purpose whose folder it is: each test file has its own, since files run at the same time.
 * @returns why they cannot be had here, instead, on a platform without that Node.js or a machine without a registry.
 * @throws in continuous integration, where they have to be had.
 */
export async function installSdk3(purpose: string): Promise<Sdk3 | string> {
  if (NODE_PACKAGE === undefined) {
    return `there is no npm package with Node.js ${NODE} for ${process.platform}-${process.arch}`
  }
  let folder: string
  try {
    folder = await npmFolder(`sdk-${SDK}-node-${NODE}-${purpose}`, [...PACKAGES, `${NODE_PACKAGE}@${NODE}`])
  } catch (error) {
    if (process.env.CI !== undefined) throw error
    return `SDK ${SDK} and Node.js ${NODE} cannot be installed: ${String(error)}`
  }
  // A copy: a link would lead back to the SDK that this repository has.
  const own = join(folder, 'node_modules', 'otel-sluice')
  rmSync(own, { recursive: true, force: true })
  mkdirSync(own)
  for (const part of ['dist', 'package.json']) {
    cpSync(join(ROOT, part), join(own, part), { recursive: true })
  }
  return { folder, node: nodeProgram(folder, NODE_PACKAGE) }
}
