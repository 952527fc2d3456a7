/**
 * The same text in memory of its own: a short one that was cut out of a long one would keep that alive. It is the one
 * that V8 keeps for the names of properties and for literals, so that comparing it with those takes one look.
 */
export function ownText(text: string): string {
  // Without a prototype, it is a dictionary from the start: V8 makes no hidden class for each text.
  const names: Record<string, true> = Object.create(null)
  names[text] = true
  return Object.keys(names)[0] ?? ''
}
