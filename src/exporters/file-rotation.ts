import { diag } from '@opentelemetry/api'
import { runInExportScope } from './export-scope.js'
import { FileParts } from './file-parts.js'
import { errorCode, type FileStatus, type FileSystem } from './platform.js'
import type { RotateSettings } from './rotate-options.js'

const DAY_MILLIS = 86_400_000

/** Makes a file a part when it is too large or too old, and sees to what becomes of the parts. */
export class FileRotation {
  readonly #settings: RotateSettings
  readonly #path: string
  readonly #parts: FileParts
  readonly #fileSystem: FileSystem
  /** At most one at a time. */
  #tidying: Promise<void> | undefined
  /** Whether there is a part that the tidying under way may not have seen. */
  #hasNewPart = false
  #isTold = false

  constructor(path: string, settings: RotateSettings, fileSystem: FileSystem) {
    this.#path = path
    this.#settings = settings
    this.#fileSystem = fileSystem
    this.#parts = new FileParts(path, settings)
  }

  /** By the file itself, whoever else writes to it, and has written to it before this process was. */
  isDue({ size, mtimeMs }: FileStatus, moreBytes: number, now: number): boolean {
    if (size === 0) return false
    const { maxBytes, isDaily } = this.#settings
    const day = (millis: number) => Math.floor(millis / DAY_MILLIS)
    return size + moreBytes > maxBytes || (isDaily && day(mtimeMs) < day(now))
  }

  /** Never throws: a file that cannot be moved goes on growing, and is tried again. It must not be open on Windows. */
  rotate(now: number): void {
    try {
      this.#fileSystem.renameSync(this.#path, this.#parts.next(now))
    } catch (error) {
      this.#tell(error)
      return
    }
    this.#hasNewPart = true
    this.#tidying ??= this.#tidy()
  }

  async #tidy(): Promise<void> {
    try {
      while (this.#hasNewPart) {
        this.#hasNewPart = false
        await this.#parts.tidy()
      }
      this.#isTold = false
    } catch (error) {
      this.#tell(error)
    }
    this.#tidying = undefined
  }

  /** Once, until it works again. */
  #tell(error: unknown): void {
    if (this.#isTold) return
    this.#isTold = true
    const code = errorCode(error) ?? 'unknown error'
    try {
      runInExportScope(() => diag.warn(`otel-sluice: cannot rotate ${JSON.stringify(this.#path)} (${code})`))
    } catch {
      // The application's diagnostics logger failed; the lines go on.
    }
  }
}
