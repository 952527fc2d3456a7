import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './code-blocks.js'

/**
 * Packages in a folder of their own below build/, for tests that need what this package must not depend on. They are
 * installed once; what is in the folder is complete, since it gets there by one rename.
 *
 * @param name the folder's; it holds all versions, so that another version is another folder.
 * @throws if they cannot be installed
 */
export async function npmFolder(name: string, packages: readonly string[]): Promise<string> {
  const folder = join(ROOT, 'build', name)
  if (existsSync(folder)) return folder
  const temporary = await mkdtemp(`${folder}-`)
  try {
    await writeFile(join(temporary, 'package.json'), '{ "private": true }\n')
    await promisify(execFile)(
      'npm',
      [
        'install',
        '--no-save',
        '--no-package-lock',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        ...packages,
      ],
      { cwd: temporary },
    )
    await rename(temporary, folder)
  } catch (error) {
    await rm(temporary, { recursive: true })
    // Another test may have been faster.
    if (!existsSync(folder)) throw error
  }
  return folder
}
