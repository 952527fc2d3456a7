import * as fs from 'node:fs'
import { type Clock, systemClock } from '../common/clock.js'

/** What a descriptor or a path stands for, as far as it matters here. */
export interface FileStatus {
  readonly size: number
  /** When it was written to last, in milliseconds since the epoch. */
  readonly mtimeMs: number
  /** Which file it is, together with `dev`. */
  readonly ino: number
  readonly dev: number
  isFile(): boolean
  isCharacterDevice(): boolean
}

/** The file operations that the exporters use, as `node:fs` has them. */
export interface FileSystem {
  statSync(path: string, options: { readonly throwIfNoEntry: false }): FileStatus | undefined
  openSync(path: string, flags: number, mode: number): number
  mkdirSync(path: string, options: { readonly recursive: true; readonly mode: number }): unknown
  closeSync(fd: number): void
  renameSync(from: string, to: string): void
  fstatSync(fd: number): FileStatus
  writeSync(fd: number, bytes: Uint8Array, offset: number, length: number): number
  write(
    fd: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: null,
    callback: (error: Error | null, written: number) => void,
  ): void
}

/** All that the exporters need of the machine they run on; a parameter, so that tests can make it fail. */
export interface Platform {
  readonly fileSystem: FileSystem
  readonly clock: Clock
  /** Holds the thread, event loop and all, for `millis`. */
  pause(millis: number): void
}

/** Nobody else has it, so nobody wakes the wait. */
const neverNotified = new Int32Array(new SharedArrayBuffer(4))

export const systemPlatform: Platform = {
  fileSystem: fs,
  clock: systemClock,
  pause(millis) {
    Atomics.wait(neverNotified, 0, 0, millis)
  },
}

/** The code of a system error, such as `ENOSPC`. By shape: test runners give tests another `Error` than Node's own. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
