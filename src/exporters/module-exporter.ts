import { createRequire } from 'node:module'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, objectOption, textOption } from '../common/settings.js'
import type { ModuleExporterDescription } from './exporter-description.js'

/** Which class of which module is the exporter. */
export interface ModuleExporterOptions {
  /** The module: a URL, a path from the root, or a specifier as in the file of `parentUrl`. */
  readonly module: URL | string
  /** What the module exports the class as. Default: `default`. */
  readonly exportName?: string
  /** What the class is constructed with: anything that can be handed to another thread. */
  readonly options?: unknown
  /** The file that a specifier is resolved from: `import.meta.url`. */
  readonly parentUrl?: URL | string
}

/**
 * Describes an exporter of your own: a class with the interface of a `LogRecordExporter`. It is imported and
 * constructed on a thread of its own, so it may take its time; each call of `export` may take `exportTimeoutMillis`.
 *
 * What is logged on that thread is not taken by any processor there: it would be exported in turn, for ever.
 *
 * @throws TypeError that names an option that is wrong; Error if a specifier cannot be resolved. A module that cannot be
 *   imported there does not throw: the records fail.
 */
export function moduleExporter(options: ModuleExporterOptions): ModuleExporterDescription {
  const { module, exportName = 'default', options: given, parentUrl } = objectOption(options, 'options')
  return {
    kind: 'module',
    module: moduleUrl(module, parentUrl),
    exportName: textOption(exportName, 'exportName'),
    options: transferable(given),
  }
}

function moduleUrl(module: unknown, parentUrl: unknown): string {
  if (module instanceof URL) return module.href
  const specifier = textOption(module, 'module')
  if (isAbsolute(specifier)) return pathToFileURL(specifier).href
  if (URL.canParse(specifier)) return specifier
  if (parentUrl === undefined) {
    throw new TypeError(
      `parentUrl must be given to resolve module from, got ${describe(specifier)} without it: give import.meta.url, or ` +
        'a URL as module',
    )
  }
  const parent = parentUrlOption(parentUrl)
  if (/^\.\.?\//.test(specifier)) return new URL(specifier, parent).href
  try {
    return pathToFileURL(createRequire(parent).resolve(specifier)).href
  } catch (cause) {
    throw new Error(
      `module cannot be resolved from parentUrl, got ${describe(specifier)}: install it, or give ` +
        'import.meta.resolve() of it',
      { cause },
    )
  }
}

function parentUrlOption(value: unknown): string {
  const text = value instanceof URL ? value.href : value
  if (typeof text === 'string' && URL.canParse(text) && new URL(text).protocol === 'file:') return text
  throw new TypeError(`parentUrl must be the URL of a file, such as import.meta.url, got ${describe(text)}`)
}

/** A copy: what the caller changes later changes nothing, now as then. */
function transferable(options: unknown): unknown {
  try {
    return structuredClone(options)
  } catch {
    throw new TypeError(
      `options cannot be handed to another thread, got ${describe(options)} with something else than data in it: give ` +
        'plain values, and have the module make of them what it needs',
    )
  }
}
