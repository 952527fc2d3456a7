// The CommonJS doors: wrappers around the one ES module implementation (every Node in `engines` can require it), and
// the declarations once more as .d.cts, so that TypeScript resolves OpenTelemetry's types as CommonJS there.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

for (const door of ['index', 'register']) {
  writeFileSync(`dist/${door}.cjs`, `'use strict'\nmodule.exports = require('./${door}.js')\n`)
}

for (const entry of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  if (!entry.endsWith('.d.ts')) continue
  const file = join('dist', entry)
  const declarations = readFileSync(file, 'utf8')
    .replaceAll(/(from |import\()(['"])(\.[^'"]*)\.js\2/g, '$1$2$3.cjs$2')
    .replaceAll(/^\/\/# sourceMappingURL=.*$/gm, '')
  writeFileSync(file.replace(/\.d\.ts$/, '.d.cts'), declarations)
}
