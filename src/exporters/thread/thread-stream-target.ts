import { constants } from 'node:fs'
import type { FileSystem } from '../platform.js'
import { STREAM_DESCRIPTORS, type StreamName } from '../stream-target.js'
import type { OpenDescriptor, Target } from '../target.js'

const FLAGS = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/**
 * An output stream of the process, for the export thread, where nobody may be held up: a file that it leads to is written
 * in the thread pool, a terminal through a description of its own that answers EAGAIN, as pipes do (see
 * `makeNonBlocking`). To make everyone's description of the terminal answer so would break what else writes there.
 */
export class ThreadStreamTarget implements Target {
  readonly name: string
  readonly #shared: number
  readonly #fileSystem: FileSystem
  #descriptor: OpenDescriptor | undefined

  constructor(stream: StreamName, fileSystem: FileSystem) {
    this.name = stream
    this.#shared = STREAM_DESCRIPTORS[stream]
    this.#fileSystem = fileSystem
  }

  open(): OpenDescriptor {
    this.#descriptor ??= this.#opened()
    return this.#descriptor
  }

  discard(): void {
    this.close()
  }

  close(): void {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor === undefined || descriptor.fd === this.#shared) return
    try {
      this.#fileSystem.closeSync(descriptor.fd)
    } catch {
      // It is gone, whatever close says: the number must not be closed twice.
    }
  }

  #opened(): OpenDescriptor {
    const status = this.#fileSystem.fstatSync(this.#shared)
    const fd = status.isCharacterDevice() ? this.#reopened() : this.#shared
    return { fd, inBackground: status.isFile() }
  }

  /** Where that is not to be had, the description of everyone has to do. */
  #reopened(): number {
    try {
      return this.#fileSystem.openSync(`/dev/fd/${this.#shared}`, FLAGS, 0)
    } catch {
      return this.#shared
    }
  }
}
