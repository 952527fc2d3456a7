import type { ExportResult } from '@opentelemetry/core'
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ModuleExporterDescription } from '../exporter-description.js'
import { failureReason } from '../failure-reason.js'

/** The error for a module that can be imported, but has no exporter. */
class UnusableModuleError extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'UnusableModuleError'
  }
}

/**
 * The exporter that a module has, once the module is there. What is exported before waits; if there is never one, every
 * export fails.
 */
export class ModuleLogRecordExporter implements LogRecordExporter {
  readonly #exporter: Promise<LogRecordExporter>

  /** @param unusable told, once, why there will be no exporter. */
  constructor(description: ModuleExporterDescription, unusable: (why: string) => void) {
    this.#exporter = load(description)
    this.#exporter.catch((error: unknown) => {
      // The message of an error of the module's own may quote what it was given.
      const why = error instanceof UnusableModuleError ? error.message : failureReason(error)
      unusable(`cannot export to ${description.module}: ${why}`)
    })
  }

  /** Rejects with what the exporter throws, or with why there is none. */
  async export(logs: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): Promise<void> {
    const exporter = await this.#exporter
    // What it returns is a promise if its `export` is an async function, and may reject.
    await exporter.export(logs, resultCallback)
  }

  async forceFlush(): Promise<void> {
    await (await this.#existing())?.forceFlush?.()
  }

  async shutdown(): Promise<void> {
    await (await this.#existing())?.shutdown?.()
  }

  async #existing(): Promise<LogRecordExporter | undefined> {
    return this.#exporter.catch(() => undefined)
  }
}

async function load({ module, exportName, options }: ModuleExporterDescription): Promise<LogRecordExporter> {
  const exported = await exportedFrom(module, exportName)
  if (typeof exported !== 'function')
    throw new UnusableModuleError(`it exports no class as ${JSON.stringify(exportName)}`)
  const exporter: unknown = Reflect.construct(exported, [options])
  if (!isExporter(exporter))
    throw new UnusableModuleError(`what it exports as ${JSON.stringify(exportName)} makes no exporter`)
  return exporter
}

/** From a CommonJS module also what Node.js does not find in its text: that is a property of its default export. */
async function exportedFrom(url: string, name: string): Promise<unknown> {
  const module: { readonly [name: string]: unknown } = await import(url)
  const places = [module, module.default].filter((place) => typeof place === 'object' && place !== null)
  const found = places.map((place): unknown => Reflect.get(Object(place), name))
  return found.find((value) => typeof value === 'function') ?? found[0]
}

function isExporter(value: unknown): value is LogRecordExporter {
  return (
    typeof value === 'object' && value !== null && 'export' in value && typeof value.export === 'function'
  )
}
