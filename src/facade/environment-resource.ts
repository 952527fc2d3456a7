import { createRequire } from 'node:module'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'

type Resource = ReadableLogRecord['resource']

/** The part of `@opentelemetry/resources` that is used, on both lines of the SDK. */
interface ResourcesPackage {
  defaultResource(): Resource
  detectResources(config: { readonly detectors: readonly unknown[] }): Resource
  readonly envDetector: unknown
}

/**
 * What the records of this process come from, by `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, as the SDK's own
 * detector reads them; `undefined` if the SDK brings none that is known.
 */
export function environmentResource(): Resource | undefined {
  const resources = resourcesPackage()
  if (resources === undefined) return undefined
  return resources.defaultResource().merge(resources.detectResources({ detectors: [resources.envDetector] }))
}

/** The one that the SDK works with: there may be others, and none that this package could find by itself. */
function resourcesPackage(): ResourcesPackage | undefined {
  try {
    const sdk = createRequire(import.meta.url).resolve('@opentelemetry/sdk-logs')
    const resources: unknown = createRequire(sdk)('@opentelemetry/resources')
    return isResourcesPackage(resources) ? resources : undefined
  } catch {
    // Its provider has a default resource all the same.
    return undefined
  }
}

function isResourcesPackage(value: unknown): value is ResourcesPackage {
  if (typeof value !== 'object' || value === null) return false
  const functions = ['defaultResource', 'detectResources']
  return functions.every((name) => typeof Reflect.get(value, name) === 'function') && 'envDetector' in value
}
