import { type AnyValue, AnyValueCopier } from '../common/any-value.js'

/** A copy of anything as a value that OpenTelemetry has a type for. Never throws: what cannot be read says so. */
export function readable(value: unknown): AnyValue {
  try {
    return new AnyValueCopier().copy(value)
  } catch {
    // There is more in it than one record may hold.
    return '[unreadable]'
  }
}
