/**
 * The same text in memory of its own: a short one that was cut out of a long one would keep that alive. It is the one
 * that V8 keeps for the names of properties and for literals, so that comparing it with those takes one look.
 */
export function ownText(text: string): string {
  return Object.keys({ [text]: undefined })[0] ?? ''
}
