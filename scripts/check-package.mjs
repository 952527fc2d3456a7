// Looks at what would be published: everything a user needs, and nothing else. Nothing is published or written.
import { execFileSync } from 'node:child_process'

const NEEDED = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'dist/index.cjs',
  'dist/index.d.cts',
  'dist/index.d.ts',
  'dist/index.js',
  'dist/register.cjs',
  'dist/register.js',
  'package.json',
]

const output = execFileSync('npm', ['pack', '--dry-run', '--json'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
})
const packages = JSON.parse(output)
const [{ files, size }] = Array.isArray(packages) ? packages : Object.values(packages)
const paths = files.map(({ path }) => path)
const missing = NEEDED.filter((path) => !paths.includes(path))
const foreign = paths.filter((path) => !path.startsWith('dist/') && !NEEDED.includes(path))
const buildState = paths.filter((path) => path.endsWith('.tsbuildinfo'))

if (missing.length > 0) console.error(`missing in the package: ${missing.join(', ')}`)
if (foreign.length > 0) console.error(`not for users, yet in the package: ${foreign.join(', ')}`)
if (buildState.length > 0) console.error(`state of the build, in the package: ${buildState.join(', ')}`)
if (missing.length + foreign.length + buildState.length > 0) process.exitCode = 1
else console.log(`the package holds ${paths.length} files, ${Math.ceil(size / 1024)} KiB packed`)
