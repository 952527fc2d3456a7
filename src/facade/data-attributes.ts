import { types } from 'node:util'
import { type AnyValue, AnyValueCopier, type Attributes, isPlain, setEntry } from '../common/any-value.js'
import { exceptionAttributes } from './exception-attributes.js'
import { readable } from './readable.js'

/**
 * A call's data as attributes, in an object of their own. It is copied into values that OpenTelemetry has types for
 * before the SDK sees it, since the SDK drops an attribute that holds anything else, and throws for one that cannot be
 * read.
 *
 * Data that is no set of named values goes under the name `data`; an error becomes the attributes of an exception.
 */
export function dataAttributes(data: unknown): Attributes {
  if (data === undefined || data === null) return {}
  const plain = plainAttributes(data)
  if (plain !== undefined) return plain
  if (isError(data)) return exceptionAttributes(data)
  const copy = readable(data)
  return isMap(copy) ? copy : { data: copy }
}

/** Adds what is not there yet. Not by spreading both into a new object, which takes V8 microseconds. */
export function addMissing(attributes: Attributes, more: Attributes | undefined): void {
  if (more === undefined) return
  for (const key of Object.keys(more)) {
    if (!Object.hasOwn(attributes, key)) setEntry(attributes, key, more[key])
  }
}

/** Most data is a plain object, and copied faster as one. Nothing if it is none. */
function plainAttributes(data: unknown): Attributes | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  try {
    return isPlain(data) ? new AnyValueCopier().copyPlain(data) : undefined
  } catch {
    // A proxy that refuses, or more values than one record may hold.
    return { data: '[unreadable]' }
  }
}

/** Errors of other realms are no instances of this one's Error, and instances need not be native errors. */
function isError(data: unknown): boolean {
  try {
    return types.isNativeError(data) || data instanceof Error
  } catch {
    return false
  }
}

function isMap(value: AnyValue): value is Attributes {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  )
}
