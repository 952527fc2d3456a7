import { Worker } from 'node:worker_threads'
import type { FromThread, ToThread } from './thread-messages.js'
import type { VitalsOfThread } from './thread-vitals.js'
import { withoutPreloads } from './worker-environment.js'

/** A worker thread, as far as it is used. */
export interface WorkerThread {
  postMessage(message: ToThread): void
  on(event: 'message', listener: (message: FromThread) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'exit', listener: () => void): unknown
  unref(): void
  terminate(): Promise<unknown>
}

/** The error for a process that may have no threads: it says what to do. */
export class ThreadsForbiddenError extends Error {
  constructor(cause: unknown) {
    super(
      'this process may not start the export thread: allow it with --allow-worker, or give an exporter object, ' +
        'which exports on this thread',
      { cause },
    )
    this.name = 'ThreadsForbiddenError'
  }
}

/** @throws ThreadsForbiddenError; whatever else keeps a thread from starting. */
export function startExportWorker(vitals: VitalsOfThread): WorkerThread {
  const environment = withoutPreloads(process.env)
  try {
    return start(environment, vitals)
  } catch (error) {
    if (hasCode(error, 'ERR_ACCESS_DENIED')) throw new ThreadsForbiddenError(error)
    if (!hasCode(error, 'ERR_WORKER_INVALID_EXEC_ARGV')) throw error
    // Some of NODE_OPTIONS are for a process only, such as --use-openssl-ca. Those apply anyway; the others do not.
    const { NODE_OPTIONS: _, ...others } = environment
    return start(others, vitals)
  }
}

function start(env: NodeJS.ProcessEnv, vitals: VitalsOfThread): Worker {
  return new Worker(new URL('./export-worker.js', import.meta.url), {
    name: 'otel-sluice',
    execArgv: [],
    env,
    workerData: vitals,
    transferList: [vitals.lifeline],
  })
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
