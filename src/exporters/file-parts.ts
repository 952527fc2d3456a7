import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { errorCode } from './platform.js'

/** What is left of a compression that was killed is deleted when it is so old, in milliseconds. */
const ABANDONED_MILLIS = 3_600_000

const PRIVATE_FILE = 0o600

/**
 * The parts that a file was rotated into: `app.log.2026-03-01T09-30-00.000Z-1f0a9c`, and `….gz` once compressed. Their
 * names sort by age, and no two processes make the same, so that rotating is one rename, which replaces nothing: killed
 * at any moment, all lines are in one of the files.
 */
export class FileParts {
  readonly #folder: string
  readonly #name: RegExp
  readonly #path: string
  readonly #keep: number
  readonly #gzip: boolean
  /** The time in the name of the part that came last. */
  #latest = 0

  constructor(path: string, { keep, gzip }: { readonly keep: number; readonly gzip: boolean }) {
    this.#path = path
    this.#folder = dirname(path)
    this.#name = new RegExp(
      `^${escaped(basename(path))}\\.\\d{4}-\\d\\d-\\d\\dT[\\d-]{8}\\.\\d{3}Z-[0-9a-f]{6}(\\.gz)?(\\.tmp)?$`,
    )
    this.#keep = keep
    this.#gzip = gzip
  }

  /** @param now milliseconds since the epoch. @returns the path of a new part */
  next(now: number): string {
    this.#latest = Math.max(now, this.#latest + 1)
    const time = new Date(this.#latest).toISOString().replaceAll(':', '-')
    return `${this.#path}.${time}-${randomBytes(3).toString('hex')}`
  }

  /** Deletes the parts that are too many, and compresses the others, if they are to be. @throws why it could not */
  async tidy(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => this.#name.test(name)).sort()
    const unfinished = names.filter((name) => name.endsWith('.tmp'))
    const parts = names.filter((name) => !name.endsWith('.tmp'))
    for (const name of unfinished) await this.#deleteAbandoned(join(this.#folder, name))
    const surplus = Math.max(0, parts.length - this.#keep)
    for (const name of parts.slice(0, surplus)) await remove(join(this.#folder, name))
    if (!this.#gzip) return
    for (const name of parts.slice(surplus)) {
      if (!name.endsWith('.gz')) await this.#compress(join(this.#folder, name))
    }
  }

  /** The part is there, under one of its names, all the time. */
  async #compress(part: string): Promise<void> {
    const compressed = `${part}.gz`
    const unfinished = `${compressed}.tmp`
    const { size } = await stat(part)
    await pipeline(
      createReadStream(part),
      createGzip(),
      createWriteStream(unfinished, { mode: PRIVATE_FILE }),
    )
    // Somebody has not noticed yet that the file was moved: the next time, then.
    if ((await stat(part)).size !== size) {
      await remove(unfinished)
      return
    }
    await rename(unfinished, compressed)
    await remove(part)
  }

  async #deleteAbandoned(path: string): Promise<void> {
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > ABANDONED_MILLIS) await remove(path)
  }
}

/** Somebody else may have been faster. */
async function remove(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
