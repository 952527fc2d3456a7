import { constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { textOption } from '../common/settings.js'
import { FileRotation } from './file-rotation.js'
import { errorCode, type FileStatus, type FileSystem } from './platform.js'
import type { RotateSettings } from './rotate-options.js'
import type { OpenDescriptor, Target } from './target.js'

// Appending keeps lines whole that several writers bring to one file. Not blocking: should the path become a FIFO just
// before it is opened, opening fails instead of waiting for a reader. (Windows has no such flag: undefined counts as 0.)
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

const PRIVATE_FILE = 0o600
const PRIVATE_DIRECTORY = 0o700

/** @throws TypeError if the value can be no path. */
export function filePathOption(value: unknown, option = 'path'): string {
  const path = textOption(value, option)
  if (path.includes('\0'))
    throw new TypeError(`${option} must be without NUL characters, got one: leave it out`)
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

/** How often it is looked whether the file is still where it was, in milliseconds. */
const LOOK_MILLIS = 1_000

/**
 * A file to append to, made when it is missing, with its directories. It is opened for the first export, and anew for
 * the first export after a failed write, so that whatever was wrong with it can be put right; after it was moved away or
 * deleted; and after it was rotated.
 *
 * Opening holds the event loop: it is rare, and done so because a caller of `exportSync` has to be able to wait for it.
 */
export class FileTarget implements Target {
  readonly name: string
  readonly #path: string
  readonly #fileSystem: FileSystem
  readonly #rotation: FileRotation | undefined
  readonly #now: () => number
  #descriptor: OpenDescriptor | undefined
  #lookedAt = Number.NEGATIVE_INFINITY

  /** @param now milliseconds since the epoch */
  constructor(
    path: string,
    fileSystem: FileSystem,
    rotate?: RotateSettings,
    now: () => number = () => Date.now(),
  ) {
    // Now, since the working directory can change.
    this.#path = resolve(path)
    this.name = JSON.stringify(this.#path)
    this.#fileSystem = fileSystem
    this.#rotation = rotate && new FileRotation(this.#path, rotate, fileSystem)
    this.#now = now
  }

  open(moreBytes?: number): OpenDescriptor {
    if (moreBytes !== undefined) this.#goOn(moreBytes)
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

  /** Closes the file if the next line is not for it. */
  #goOn(moreBytes: number): void {
    const now = this.#now()
    // The other way round, the clock was put back.
    if (now >= this.#lookedAt && now < this.#lookedAt + LOOK_MILLIS && !this.#isDue(moreBytes, now)) return
    this.#lookedAt = now
    if (this.#descriptor !== undefined && !this.#isInPlace(this.#descriptor)) this.close()
    // Once more: it may be the file of another process now, which has been rotated there.
    if (!this.#isDue(moreBytes, now)) return
    this.close()
    this.#rotation?.rotate(now)
  }

  #isDue(moreBytes: number, now: number): boolean {
    if (this.#rotation === undefined) return false
    const status = this.#descriptor === undefined ? this.#inPlace() : this.#status(this.#descriptor)
    return status?.isFile() === true && this.#rotation.isDue(status, moreBytes, now)
  }

  #isInPlace(descriptor: OpenDescriptor): boolean {
    const [opened, inPlace] = [this.#status(descriptor), this.#inPlace()]
    return opened?.ino === inPlace?.ino && opened?.dev === inPlace?.dev
  }

  #status({ fd }: OpenDescriptor): FileStatus | undefined {
    try {
      return this.#fileSystem.fstatSync(fd)
    } catch {
      // The write will tell.
      return undefined
    }
  }

  #inPlace(): FileStatus | undefined {
    try {
      return this.#fileSystem.statSync(this.#path, { throwIfNoEntry: false })
    } catch {
      // Opening it will tell.
      return undefined
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
