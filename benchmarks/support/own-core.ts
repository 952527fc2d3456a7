import { execFileSync } from 'node:child_process'
import { availableParallelism, platform } from 'node:os'

const FIRST = '0'

/** Why threads cannot be given cores of their own here; `undefined` if they can. */
export function whyNoOwnCore(): string | undefined {
  if (platform() !== 'linux') return 'only Linux has taskset'
  if (availableParallelism() < 2) return 'there is one core'
  try {
    for (const cores of [FIRST, others()]) taskset('--cpu-list', cores, 'true')
    return undefined
  } catch (error) {
    return `taskset failed (${error instanceof Error ? error.message : String(error)})`
  }
}

/** Keeps all threads of this process off the first core: another process's loop is to have it for itself. */
export function leaveFirstCore(): void {
  taskset('--all-tasks', '--cpu-list', '--pid', others(), String(process.pid))
}

/** Keeps this process's first thread, which has its event loop, on the first core, and all others off it. */
export function takeFirstCore(): void {
  leaveFirstCore()
  // On Linux, a process's number is its first thread's.
  taskset('--cpu-list', '--pid', FIRST, String(process.pid))
}

function others(): string {
  return `1-${availableParallelism() - 1}`
}

function taskset(...args: readonly string[]): void {
  execFileSync('taskset', args, { stdio: 'pipe' })
}
