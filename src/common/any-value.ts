import { types } from 'node:util'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'

/** A value that a log record can carry: what OpenTelemetry calls AnyValue, in the SDK's own type for it. */
export type AnyValue = ReadableLogRecord['body']

/** The attributes of a log record. */
export type Attributes = ReadableLogRecord['attributes']

/** Nesting below this is cut (specification, "attribute limits"). */
export const MAX_DEPTH = 64

/** The most values one record may hold, keys and containers aside; it bounds the work that one emit can cause. */
export const MAX_VALUES = 65_536

/** Thrown by a copy that holds more than `MAX_VALUES` values. */
export class TooManyValuesError extends Error {
  constructor() {
    super(`a log record holds at most ${MAX_VALUES} values`)
    this.name = 'TooManyValuesError'
  }
}

/**
 * Copies body and attributes as they are handed over, so that nothing the caller changes later shows, and turns what
 * OpenTelemetry has no type for into the nearest thing it has (docs/values.md has the table). One instance copies one
 * record: the number of values is bounded over all of it.
 *
 * Never throws for a value that cannot be read: that value, alone, becomes the text `[unreadable]`.
 */
export class AnyValueCopier {
  #remaining = MAX_VALUES
  /** The containers that are being copied, outermost first: a value that is one of them closes a circle. */
  readonly #ancestors: object[] = []

  /** @throws TooManyValuesError */
  copyAttributes(attributes: object): Attributes {
    return this.#copyEntries(attributes)
  }

  /**
   * Copies a plain object in one step, and then what must not stay as it is. V8 does that faster, and is faster with such
   * a copy, than with one that is put together, unless the object has hundreds of properties. Those that are symbols come
   * along; nobody exports them.
   *
   * @throws TooManyValuesError, or whatever a proxy's trap throws.
   */
  copyPlain(source: object): Attributes {
    this.#count()
    this.#ancestors.push(source)
    try {
      return this.#copyAtOnce(source)
    } finally {
      this.#ancestors.pop()
    }
  }

  /** @throws TooManyValuesError */
  copy(value: unknown): AnyValue {
    switch (typeof value) {
      case 'string':
        this.#count()
        // A lone surrogate cannot be expressed in UTF-8: some receivers refuse the whole request for one.
        return value.toWellFormed()
      case 'number':
      case 'boolean':
      case 'undefined':
        this.#count()
        return value
      case 'object':
        this.#count()
        return value === null ? null : this.#copyObject(value)
      case 'bigint':
        this.#count()
        return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
      default:
        this.#count()
        return `[${typeof value}]`
    }
  }

  #copyObject(value: object): AnyValue {
    if (this.#ancestors.includes(value)) return '[circular]'
    this.#ancestors.push(value)
    try {
      return this.#copyContents(value)
    } catch (error) {
      if (error instanceof TooManyValuesError) throw error
      return '[unreadable]'
    } finally {
      this.#ancestors.pop()
    }
  }

  #copyContents(value: object): AnyValue {
    const bytes = bytesOf(value)
    // Not by `slice`, which gives a `Buffer` a second view of the same memory.
    if (bytes !== undefined) return new Uint8Array(bytes)
    if (this.#ancestors.length > MAX_DEPTH) return '[too deep]'
    if (Array.isArray(value)) return Array.from(value, (item) => this.copy(item))
    const plain = standIn(value)
    return plain === value ? this.#copyEntries(value) : this.copy(plain)
  }

  #copyAtOnce(source: object): Attributes {
    let copy: Attributes
    try {
      copy = { ...source }
    } catch {
      // A getter throws: the others are asked again.
      return this.#copyEntries(source)
    }
    const remaining = this.#remaining
    for (const key in copy) {
      if (!isOwn.call(copy, key)) continue
      if (!key.isWellFormed()) {
        this.#remaining = remaining
        return this.#copyEntries(copy)
      }
      const value = copy[key]
      const copied = this.copy(value)
      if (copied !== value) copy[key] = copied
    }
    return copy
  }

  #copyEntries(source: object): Attributes {
    const copy: Attributes = {}
    for (const key of Object.keys(source)) this.#copyEntry(copy, source, key)
    return copy
  }

  #copyEntry(copy: Attributes, source: object, key: string): void {
    let value: unknown
    try {
      value = Reflect.get(source, key)
    } catch {
      value = '[unreadable]'
    }
    setEntry(copy, key.toWellFormed(), this.copy(value))
  }

  #count(): void {
    if (--this.#remaining < 0) throw new TooManyValuesError()
  }
}

/**
 * The bytes of a buffer or of a view of one; `undefined` for anything else. What an object says of its length is not
 * asked: one of its own making would have more bytes than it has room for.
 *
 * @throws whatever a proxy's trap throws.
 */
export function bytesOf(value: object): Uint8Array | undefined {
  if (!ArrayBuffer.isView(value)) {
    const isCommon = Array.isArray(value) || isPlain(value)
    return !isCommon && types.isAnyArrayBuffer(value) ? new Uint8Array(value) : undefined
  }
  const { buffer, byteOffset, byteLength } = types.isDataView(value) ? DATA_VIEW : TYPED_ARRAY
  return new Uint8Array(buffer(value), byteOffset(value), byteLength(value))
}

/** The getters of views as the language defines them: properties of the view itself do not matter. */
const DATA_VIEW = viewGetters(DataView.prototype)
const TYPED_ARRAY = viewGetters(Object.getPrototypeOf(Uint8Array.prototype))

function viewGetters(prototype: object) {
  return {
    buffer: (view: ArrayBufferView): ArrayBufferLike => Reflect.get(prototype, 'buffer', view),
    byteOffset: (view: ArrayBufferView): number => Reflect.get(prototype, 'byteOffset', view),
    byteLength: (view: ArrayBufferView): number => Reflect.get(prototype, 'byteLength', view),
  }
}

/**
 * What stands for an object that OpenTelemetry has no type for: a string, an array, a map, … A plain object, and one
 * of a class that says nothing else, stands for itself: it becomes the map of its own enumerable properties.
 *
 * @throws whatever the object's own code throws.
 */
export function standIn(value: object): unknown {
  if (isPlain(value) || Object.getPrototypeOf(value) === null) return value
  // Not by `instanceof`: a value may come from another realm, as they do under Jest.
  if (types.isDate(value)) return dateText(value)
  if (types.isNativeError(value) || value instanceof Error) return errorEntries(value)
  if (types.isMap(value)) return mapEntries(value)
  if (types.isSet(value)) return [...value]
  if (types.isRegExp(value)) return String(value)
  if (types.isBoxedPrimitive(value)) return value.valueOf()
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON()
  return value
}

/**
 * Whether it is an object of no class, as nearly all are. To be asked before `types`, which calls out of JavaScript: that
 * takes as long as to copy a small object.
 *
 * @throws whatever a proxy's trap throws.
 */
export function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype
}

/** By the methods of `Date` itself: those of a class derived from it may return anything. */
function dateText(date: Date): string {
  const isValid = !Number.isNaN(Date.prototype.getTime.call(date))
  return isValid ? Date.prototype.toISOString.call(date) : 'Invalid Date'
}

function errorEntries(error: Error): object {
  const entries: Record<string, unknown> = { name: error.name, message: error.message }
  if (error.stack !== undefined) entries.stack = error.stack
  if (error.cause !== undefined) entries.cause = error.cause
  for (const key of Object.keys(error)) setEntry(entries, key, Reflect.get(error, key))
  return entries
}

function mapEntries(map: ReadonlyMap<unknown, unknown>): object {
  const entries: Record<string, unknown> = {}
  for (const [key, value] of map) setEntry(entries, String(key), value)
  return entries
}

/** Inside a `for…in`, V8 knows its answer, unlike that of Object.hasOwn. */
const isOwn = Object.prototype.hasOwnProperty

/** Sets a property, also one named `__proto__`, which an assignment would take for the prototype. */
export function setEntry(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    target[key] = value
  }
}
