/**
 * What a terminal or a line reader takes for more than text: control characters (C0, DEL, C1), the line and paragraph
 * separators, and the marks that turn the direction of writing. Let through, they would forge lines or drive a terminal.
 */
const CONTROL_CHARACTERS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

/** The text with each control character as a backslash escape, of the kind JSON and JavaScript have. */
export function escapeControlCharacters(text: string): string {
  return text.replace(
    CONTROL_CHARACTERS,
    (character) =>
      SHORT_ESCAPES.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Printable ASCII without quotation mark and backslash: most strings, and finding that out is cheaper than to convert. */
const PLAIN = /^[ !#-[\]-~]*$/

/** A JSON string literal without control characters; lone surrogates, which UTF-8 has no bytes for, become U+FFFD. */
export function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : escapeControlCharacters(JSON.stringify(text.toWellFormed()))
}
