import { DescriptorWriter } from '../descriptor-writer.js'
import type { Platform } from '../platform.js'
import type { Target } from '../target.js'

/** The use of a writer by one of those that write to its target. */
export interface LineWriter {
  readonly writer: DescriptorWriter
  /** Ends the use. The last one closes the target, and fails what was not written. */
  close(): void
}

interface Shared {
  readonly writer: DescriptorWriter
  uses: number
}

/**
 * The writers of this thread, one for each target, however many handlers bring lines there: two of them, each with a
 * line half written, would tear one another's.
 */
export class LineWriters {
  readonly #platform: Platform
  readonly #shared = new Map<string, Shared>()

  constructor(platform: Platform) {
    this.#platform = platform
  }

  /** @param mayBeMidLine whether a writer on a thread that died may have left a line there that is not whole. */
  open(target: Target, mayBeMidLine: boolean): LineWriter {
    const { name } = target
    const shared = this.#shared.get(name) ?? {
      writer: new DescriptorWriter(target, this.#platform, mayBeMidLine),
      uses: 0,
    }
    this.#shared.set(name, shared)
    shared.uses++
    let isOpen = true
    return {
      writer: shared.writer,
      close: () => {
        if (!isOpen) return
        isOpen = false
        shared.uses--
        if (shared.uses > 0) return
        this.#shared.delete(name)
        shared.writer.close(new Error(`closed before ${name} took it`))
      },
    }
  }
}
