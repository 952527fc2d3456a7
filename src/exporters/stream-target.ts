import type { OpenDescriptor, Target } from './target.js'

const DESCRIPTORS = { stdout: 1, stderr: 2 } as const

/** One of the two output streams of the process. It is everyone's: never closed, never written through Node's stream. */
export class StreamTarget implements Target {
  readonly name: string
  readonly #descriptor: OpenDescriptor

  constructor(stream: 'stdout' | 'stderr') {
    this.name = stream
    this.#descriptor = { fd: DESCRIPTORS[stream], inBackground: false }
    // Making Node's stream makes libuv set a pipe non-blocking. Otherwise a reader that stalls would hold the whole
    // process in write(2), with no EAGAIN to turn away at.
    void process[stream]
  }

  open(): OpenDescriptor {
    return this.#descriptor
  }

  discard(): void {}

  close(): void {}
}
