import { fstatSync, writeSync } from 'node:fs'

const STDERR = 2

/** What the descriptor stood for when this was loaded. A program may close it, and the next file it opens has its number. */
const original = identity()

/**
 * Writes to stderr at once, since the process may be about to end. If stderr is closed, or full because nobody reads it,
 * the text is lost: this neither throws nor waits.
 */
export function writeToStderr(text: string): void {
  if (original === undefined || identity() !== original) return
  try {
    // Not through this stream, which answers a closed pipe with an error event, and that ends the process. But once
    // Node.js has opened it, writing to a full pipe fails instead of waiting.
    void process.stderr
    writeSync(STDERR, text)
  } catch {
    // There is nowhere left to say so.
  }
}

function identity(): string | undefined {
  try {
    // As BigInts, which Node.js keeps apart: the last status that it has read as numbers decides, too, how it resolves
    // symbolic links of modules, and after that of a pipe it leaves them (`realpathSync`).
    const { dev, ino } = fstatSync(STDERR, { bigint: true })
    return `${dev} ${ino}`
  } catch {
    return undefined
  }
}
