// Removes what earlier builds wrote, since tsc leaves the output of sources that are gone. What tests keep in build/
// for the next run (programs they install) stays.
import { rmSync } from 'node:fs'

const OUTPUTS = [
  'dist',
  'build/test',
  'build/benchmarks',
  'build/examples',
  'build/tsconfig.tsbuildinfo',
  'tsconfig.tsbuildinfo',
]
for (const output of OUTPUTS) rmSync(output, { recursive: true, force: true })
