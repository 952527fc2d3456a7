import { readFileSync } from 'node:fs'
import { findSourceMap, SourceMap, type SourceMapPayload } from 'node:module'
import { isAbsolute } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Where something is in a file: the path, or what stands for it, and the line, from 1 on. */
export interface SourcePosition {
  readonly file: string
  readonly line: number
}

/** The most files whose maps are kept. An application that logs from more of them reads some of them again. */
const MAX_FILES = 1_000

const REFERENCE = '//# sourceMappingURL='

/**
 * Leads positions in the code that runs back to the sources it was compiled from.
 *
 * Node.js keeps the source maps of what it loads only if it was started with `--enable-source-maps` (or has been told
 * since, which does nothing for files that were loaded before). Otherwise the file is looked into for the map it names,
 * once; what was found, or that nothing was, is kept.
 */
export class SourcePositions {
  readonly #maps = new Map<string, SourceMap | undefined>()

  /**
   * The position in the source; the given one if there is no map that has it. Never throws.
   *
   * @param file a path or a `file:` URL, as stack frames have it.
   * @param line from 1 on.
   * @param column from 1 on.
   */
  original(file: string, line: number, column: number): SourcePosition {
    const entry = this.#map(file)?.findEntry(line - 1, column - 1)
    // What a compiler added has no source, or an entry without one.
    const hasSource = entry !== undefined && 'originalSource' in entry && Boolean(entry.originalSource)
    if (!hasSource) return { file: pathOf(file), line }
    return { file: pathOf(entry.originalSource), line: entry.originalLine + 1 }
  }

  #map(file: string): SourceMap | undefined {
    if (this.#maps.has(file)) return this.#maps.get(file)
    if (this.#maps.size >= MAX_FILES) this.#forgetOldest()
    const map = sourceMap(file)
    this.#maps.set(file, map)
    return map
  }

  #forgetOldest(): void {
    for (const oldest of this.#maps.keys()) {
      this.#maps.delete(oldest)
      return
    }
  }
}

function sourceMap(file: string): SourceMap | undefined {
  try {
    return findSourceMap(file) ?? mapNamedIn(file)
  } catch {
    // The file is gone, or may not be read, or what it names is no source map.
    return undefined
  }
}

/** The map that the last lines of a file name. @throws if anything is wrong with it */
function mapNamedIn(file: string): SourceMap | undefined {
  const isFile = file.startsWith('file:') || isAbsolute(file)
  // Code of Node.js itself, and code from a string, is in no file.
  if (!isFile) return undefined
  const code = readFileSync(pathOf(file), 'utf8')
  const start = code.lastIndexOf(REFERENCE)
  if (start === -1) return undefined
  const [reference = ''] = code.slice(start + REFERENCE.length).split(/\s/, 1)
  const url = new URL(reference, file.startsWith('file:') ? file : pathToFileURL(file))
  const payload: SourceMapPayload = JSON.parse(textAt(url))
  const { sourceRoot = '' } = payload
  // Sources are relative to the map; one that is part of the code, to the code.
  const base = url.protocol === 'data:' ? pathToFileURL(pathOf(file)) : url
  const sources = payload.sources.map((source) => new URL(sourceRoot + source, base).href)
  return new SourceMap({ ...payload, sourceRoot: '', sources })
}

function textAt(url: URL): string {
  if (url.protocol !== 'data:') return readFileSync(url, 'utf8')
  const comma = url.pathname.indexOf(',')
  const content = decodeURIComponent(url.pathname.slice(comma + 1))
  return url.pathname.slice(0, comma).endsWith(';base64')
    ? Buffer.from(content, 'base64').toString()
    : content
}

/** Sources may be named by a URL of another kind, such as `webpack://`: those stay as they are. */
function pathOf(file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file) : file
}
