import { constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { textOption } from '../common/settings.js'
import { errorCode, type FileStatus, type FileSystem } from './platform.js'
import type { OpenDescriptor, Target } from './target.js'

// Appending keeps lines whole that several writers bring to one file. Not blocking: should the path become a FIFO just
// before it is opened, opening fails instead of waiting for a reader. (Windows has no such flag: undefined counts as 0.)
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

const PRIVATE_FILE = 0o600
const PRIVATE_DIRECTORY = 0o700

/** @throws TypeError if the value can be no path. */
export function filePathOption(value: unknown): string {
  const path = textOption(value, 'path')
  if (path.includes('\0')) throw new TypeError('path must be without NUL characters, got one: leave it out')
  return path
}

/** The error for a path that is there, but is nothing to append lines to. */
class NotAFileError extends Error {
  readonly code = 'ERR_SLUICE_NOT_A_FILE'

  constructor(path: string) {
    super(`${path} is neither a regular file nor a character device: give another path`)
    this.name = 'NotAFileError'
  }
}

/**
 * A file to append to, made when it is missing, with its directories. It is opened for the first export, and anew for
 * the first export after a failed write, so that whatever was wrong with it can be put right.
 *
 * Opening holds the event loop: it is rare, and done so because a caller of `exportSync` has to be able to wait for it.
 */
export class FileTarget implements Target {
  readonly name: string
  readonly #path: string
  readonly #fileSystem: FileSystem
  #descriptor: OpenDescriptor | undefined

  constructor(path: string, fileSystem: FileSystem) {
    // Now, since the working directory can change.
    this.#path = resolve(path)
    this.name = JSON.stringify(this.#path)
    this.#fileSystem = fileSystem
  }

  open(): OpenDescriptor {
    this.#descriptor ??= this.#opened()
    return this.#descriptor
  }

  discard(error: unknown): void {
    // A bad descriptor is not ours any more: somebody closed it, and its number may be in use for something else.
    if (errorCode(error) === 'EBADF') this.#descriptor = undefined
    else this.close()
  }

  close(): void {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor === undefined) return
    try {
      this.#fileSystem.closeSync(descriptor.fd)
    } catch {
      // It is gone, whatever close says: the number must not be closed twice.
    }
  }

  #opened(): OpenDescriptor {
    // Before opening it: opening a FIFO and leaving again would tell its reader that all has been written.
    const existing = this.#fileSystem.statSync(this.#path, { throwIfNoEntry: false })
    if (existing !== undefined && !canBeAppendedTo(existing)) throw new NotAFileError(this.#path)
    const fd = this.#openOrCreate()
    try {
      return { fd, inBackground: this.#fileSystem.fstatSync(fd).isFile() }
    } catch (error) {
      this.#fileSystem.closeSync(fd)
      throw error
    }
  }

  #openOrCreate(): number {
    try {
      return this.#fileSystem.openSync(this.#path, FLAGS, PRIVATE_FILE)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
      this.#fileSystem.mkdirSync(dirname(this.#path), { recursive: true, mode: PRIVATE_DIRECTORY })
      return this.#fileSystem.openSync(this.#path, FLAGS, PRIVATE_FILE)
    }
  }
}

function canBeAppendedTo(status: FileStatus): boolean {
  return status.isFile() || status.isCharacterDevice()
}
