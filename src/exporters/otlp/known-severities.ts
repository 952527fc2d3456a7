import { type EncodedField, encodeField } from './encoded-field.js'
import { LOG_RECORD_TAG } from './field-tags.js'
import { ownText } from './own-text.js'

/** The highest severity number there is (OpenTelemetry logs data model, "SeverityNumber"). */
const HIGHEST = 24
/** The longest text that is kept, in characters. */
const LONGEST_TEXT = 16
/** The most bytes of number and text with their tags. */
const MOST_BYTES = 64

interface KnownSeverity {
  readonly text: string | undefined
  readonly field: EncodedField
}

/**
 * The severities that came before, number and text encoded as one: a service has few, and each of its records has one.
 * Of a number's texts the first is kept.
 */
export class KnownSeverities {
  readonly #byNumber: (KnownSeverity | undefined)[] = new Array(HIGHEST + 1).fill(undefined)

  /** The number's field and that of the text behind it; `undefined` if it is not one of those that are kept. */
  get(number: number | undefined, text: string | undefined): EncodedField | undefined {
    // Callers without types pass anything.
    if (typeof number !== 'number') return undefined
    const known = this.#byNumber[number] ?? this.#add(number, text)
    return known !== undefined && known.text === text ? known.field : undefined
  }

  #add(number: number, text: unknown): KnownSeverity | undefined {
    if (!Number.isInteger(number) || number < 1 || number > HIGHEST) return undefined
    if (typeof text === 'string' ? text.length > LONGEST_TEXT : text !== undefined) return undefined
    const field = encodeField(MOST_BYTES, (writer) => {
      writer.int64(LOG_RECORD_TAG.severityNumber, number)
      if (typeof text === 'string' && text !== '') writer.string(LOG_RECORD_TAG.severityText, text)
    })
    if (field === undefined) return undefined
    const known = { text: typeof text === 'string' ? ownText(text) : undefined, field }
    this.#byNumber[number] = known
    return known
  }
}
