import { processWide } from '../common/process-wide.js'

const instances = processWide('component-instances/1', () => new Map<string, number>())

/** A name for a component that was given none: `<type>/<n>`, as the semantic conventions for `otel.component.name` have it. */
export function nextComponentName(type: string): string {
  const n = instances.get(type) ?? 0
  instances.set(type, n + 1)
  return `${type}/${n}`
}
