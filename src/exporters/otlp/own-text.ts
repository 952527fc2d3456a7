/** The same text in memory of its own: a short one that was cut out of a long one would keep that alive. */
export function ownText(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}
