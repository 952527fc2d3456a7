import type { FileStatus, FileSystem, Platform } from '#src/exporters/platform.js'
import { ManualClock } from './manual-clock.js'

/** What one write comes to: as many bytes at the most, or the error with this code. */
export type WriteOutcome = number | string

type WriteCallback = (error: Error | null, written: number) => void

/** The error node:fs has for a code. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: scripted`), { code })
}

/**
 * One destination in memory, which fails as scripted, and a clock that stands still but for `pause`. A write takes
 * all it is given unless `writes` holds another outcome for it.
 */
export class ScriptedPlatform implements Platform {
  /** Outcomes of the next writes, first to last. */
  readonly writes: WriteOutcome[] = []
  /** Codes that the next attempts to open the path fail with. */
  readonly opens: string[] = []
  /** What happens while the thread waits. */
  onPause: (() => void) | undefined
  readonly openDescriptors = new Set<number>()
  closedDescriptors = 0
  #contents = ''
  #isThere = false
  #nextDescriptor = 10
  readonly #background: { readonly text: string; readonly callback: WriteCallback }[] = []

  readonly clock = new ManualClock()

  readonly fileSystem: FileSystem = {
    statSync: () => (this.#isThere ? this.#status() : undefined),
    renameSync: () => {
      throw systemError('EACCES')
    },
    mkdirSync: () => undefined,
    openSync: () => {
      const code = this.opens.shift()
      if (code !== undefined) throw systemError(code)
      this.#isThere = true
      this.openDescriptors.add(this.#nextDescriptor)
      return this.#nextDescriptor++
    },
    closeSync: (fd) => {
      this.openDescriptors.delete(fd)
      this.closedDescriptors++
    },
    fstatSync: () => this.#status(),
    writeSync: (_fd, bytes, offset, length) => {
      const taken = this.#take(length)
      this.#contents += text(bytes, offset, taken)
      return taken
    },
    write: (_fd, bytes, offset, length, _position, callback) => {
      this.#background.push({ text: text(bytes, offset, length), callback })
    },
  }

  readonly pause = (millis: number): void => {
    this.clock.pass(millis)
    this.onPause?.()
  }

  /** What has arrived, line by line; a last one without its newline is there as it is. */
  get lines(): string[] {
    return this.#contents.split('\n').filter((line) => line !== '')
  }

  get endsWithNewline(): boolean {
    return this.#contents.endsWith('\n')
  }

  get backgroundWrites(): number {
    return this.#background.length
  }

  /** The thread pool carries out the write it has, as scripted. @returns what tells the event loop of it */
  arriveInBackground(): () => void {
    const write = this.#background.shift()
    if (write === undefined) throw new Error('no write is under way in the background')
    try {
      const taken = this.#take(write.text.length)
      this.#contents += write.text.slice(0, taken)
      return () => write.callback(null, taken)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return () => write.callback(error, 0)
    }
  }

  #status(): FileStatus {
    return {
      size: this.#contents.length,
      mtimeMs: 0,
      ino: 1,
      dev: 1,
      isFile: () => true,
      isCharacterDevice: () => false,
    }
  }

  #take(length: number): number {
    const outcome = this.writes.shift() ?? length
    if (typeof outcome === 'string') throw systemError(outcome)
    return Math.min(outcome, length)
  }
}

function text(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1')
}
