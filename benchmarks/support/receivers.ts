import { Rotel } from '../../test/support/rotel.js'
import type { ReaderTask } from '../programs/reading-receiver.js'
import { Program } from './child.js'

/** An OTLP receiver in a process of its own. */
export interface Receiver {
  readonly url: string
  /**
   * Checks what came since it was last asked: so many records, numbered from 0 on without a gap.
   * @throws if that is not what came
   */
  verify(expected: number, options?: { readonly mayHaveGaps: boolean }): Promise<void>
  close(): Promise<void>
}

/** Reads requests and keeps them: what it gets is counted and put against what was sent. */
export async function startReader(task: ReaderTask = { leavesFirstCore: false }): Promise<Receiver> {
  const program = new Program('reading-receiver', task)
  const { port } = await program.answer()
  return {
    url: `http://127.0.0.1:${port}/v1/logs`,
    async verify(expected, { mayHaveGaps } = { mayHaveGaps: false }) {
      const { records, gaps } = await program.answer('what came?')
      if (records !== expected || (gaps !== 0 && !mayHaveGaps)) {
        throw new Error(`the receiver has ${records} records of ${expected}, with ${gaps} gaps`)
      }
    },
    close: () => program.end(),
  }
}

/** Parses requests as a collector does, and keeps nothing: only what it acknowledged is known. */
export async function startRotel(): Promise<Receiver> {
  const rotel = await Rotel.start({ printsRecords: false })
  return { url: rotel.url, verify: async () => {}, close: () => rotel.close() }
}

/** Takes connections and requests, and never answers. */
export async function startHanging(): Promise<Receiver> {
  const program = new Program('hanging-receiver')
  const { port } = await program.answer()
  return {
    url: `http://127.0.0.1:${port}/v1/logs`,
    verify: async () => {},
    close: () => program.end(),
  }
}
