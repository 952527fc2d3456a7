import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { accept, hang, OtlpReceiver } from '../support/otlp-receiver.js'
import type { MemoryProgram, MemoryResult } from './memory-program.js'

const PROGRAM = fileURLToPath(new URL('memory-program.js', import.meta.url))
const MAX_QUEUE_BYTES = 8 * 1024 * 1024
/** What a process may grow by besides the queue: V8 takes some for the garbage of the calls. */
const ALLOWANCE_BYTES = 30_000_000

/** The most that a process may grow by whose queue nobody drains. */
export const ALLOWED_GROWTH_BYTES = MAX_QUEUE_BYTES + ALLOWANCE_BYTES

/** Has a process log so many records to a receiver that answers the first requests and then hangs. */
export async function memoryGrowth(
  mode: MemoryProgram['mode'],
  records: number,
  timeoutMillis: number,
): Promise<MemoryResult> {
  const receiver = await OtlpReceiver.start()
  receiver.behaviour = () => (receiver.records.length < 1_000 ? accept : hang)
  const program: MemoryProgram = { url: receiver.url, mode, records, maxQueueBytes: MAX_QUEUE_BYTES }
  try {
    const args = [PROGRAM, JSON.stringify(program)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: timeoutMillis })
    return JSON.parse(stdout)
  } finally {
    await receiver.close()
  }
}
