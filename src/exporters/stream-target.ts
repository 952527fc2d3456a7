import type { OpenDescriptor, Target } from './target.js'

/** One of the two output streams of the process. */
export type StreamName = 'stdout' | 'stderr'

export const STREAM_DESCRIPTORS = { stdout: 1, stderr: 2 } as const

/**
 * Sees to it that a pipe behind the stream answers EAGAIN when it is full. Otherwise a reader that stalls would hold
 * whoever writes in write(2). Making Node's stream makes libuv do that; only on the main thread it is a stream of
 * libuv's, so it is to be called there, whichever thread is to write.
 */
export function makeNonBlocking(stream: StreamName): void {
  void process[stream]
}

/** An output stream of the process. It is everyone's: never closed, never written through Node's stream. */
export class StreamTarget implements Target {
  readonly name: string
  readonly #descriptor: OpenDescriptor

  constructor(stream: StreamName) {
    this.name = stream
    this.#descriptor = { fd: STREAM_DESCRIPTORS[stream], inBackground: false }
  }

  open(): OpenDescriptor {
    return this.#descriptor
  }

  discard(): void {}

  close(): void {}
}
