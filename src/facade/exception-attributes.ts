import type { Attributes } from '../common/any-value.js'
import { readable } from './readable.js'

/** How many causes below an error its stack trace tells of; more, or a circle of them, is cut. */
const MAX_CAUSES = 8

/**
 * What was thrown, as attributes (semantic conventions, "exceptions"): `exception.type`, `exception.message` and
 * `exception.stacktrace`, as far as it has them. It may be anything, since anything can be thrown. Never throws for
 * what cannot be read.
 */
export function exceptionAttributes(thrown: unknown): Attributes {
  const attributes: Attributes = {}
  const type = typeOf(thrown)
  const stack = stackOf(thrown)
  if (type !== undefined) attributes['exception.type'] = type
  attributes['exception.message'] = messageOf(thrown)
  if (stack !== undefined) attributes['exception.stacktrace'] = stack
  return attributes
}

/** The name an error goes by; that of its class if it has none of its own. */
export function typeOf(thrown: unknown): string | undefined {
  const name = text(thrown, 'name')
  if (name !== undefined && name !== 'Error') return name
  return text(read(thrown, 'constructor'), 'name') ?? name
}

function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  const message = text(thrown, 'message')
  if (message !== undefined) return message
  if (typeof thrown !== 'object' || thrown === null) return String(thrown)
  const copy = readable(thrown)
  return typeof copy === 'string' ? copy : JSON.stringify(copy)
}

function stackOf(thrown: unknown): string | undefined {
  const stack = text(thrown, 'stack')
  if (stack === undefined) return undefined
  let trace = stack
  let cause = read(thrown, 'cause')
  for (let causes = 0; cause !== undefined && causes < MAX_CAUSES; causes++) {
    trace += `\nCaused by: ${text(cause, 'stack') ?? messageOf(cause)}`
    cause = read(cause, 'cause')
  }
  return trace
}

function text(from: unknown, key: string): string | undefined {
  const value = read(from, key)
  return typeof value === 'string' ? value : undefined
}

/** A property that may be missing, or a getter that throws. */
function read(from: unknown, key: string): unknown {
  if ((typeof from !== 'object' && typeof from !== 'function') || from === null) return undefined
  try {
    return Reflect.get(from, key)
  } catch {
    return undefined
  }
}
