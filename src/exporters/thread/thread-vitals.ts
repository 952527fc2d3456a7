import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'

const ASKED = 0
const ANSWERED = 1
const WORDS = 2
/** The answer of a thread that has not come so far as to give any. */
const NONE = -1

/** What a thread is given so that it can be told whether it lives: to be handed over when it is started. */
export interface VitalsOfThread {
  /** Nobody sends anything through it: it goes down with its thread. */
  readonly lifeline: MessagePort
  readonly pulse: SharedArrayBuffer
}

/**
 * Tells of a thread, without a turn of this thread's event loop, whether it has ended and whether it answers: what its
 * 'exit' event would tell cannot be heard by a caller that waits.
 *
 * It has *ended* when its end of the lifeline is gone. Node.js closes the ports of a thread after the last line of
 * JavaScript in it, however it ends, so nothing of it touches shared memory any more. That a port has lost its other
 * end shows in that it cannot be handed on: therefore ours goes from one end of a channel of its own to the other.
 *
 * It *answers* when its event loop turns. One that does not may have ended, or be busy with something long; that cannot
 * be told from here.
 */
export class ThreadVitals {
  readonly ofThread: VitalsOfThread
  readonly #relay = new MessageChannel()
  readonly #pulse: Int32Array
  #lifeline: MessagePort | undefined
  #unanswered = 0

  constructor() {
    const { port1, port2 } = new MessageChannel()
    const pulse = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)
    this.#pulse = new Int32Array(pulse)
    this.#pulse[ANSWERED] = NONE
    this.#lifeline = port1
    this.ofThread = { lifeline: port2, pulse }
  }

  get hasEnded(): boolean {
    if (this.#lifeline === undefined) return true
    // Has it take notice of its other end's close.
    receiveMessageOnPort(this.#lifeline)
    try {
      this.#relay.port1.postMessage(this.#lifeline, [this.#lifeline])
    } catch {
      this.close()
      return true
    }
    const received: { readonly message: MessagePort } | undefined = receiveMessageOnPort(this.#relay.port2)
    this.#lifeline = received?.message
    return false
  }

  /**
   * Asks the thread to answer, unless it owes an answer.
   *
   * @returns how often in a row it owed one when it was asked; 0 for a thread that is still starting.
   */
  ask(): number {
    const answered = Atomics.load(this.#pulse, ANSWERED)
    if (answered === NONE) return 0
    if (answered !== Atomics.load(this.#pulse, ASKED)) return ++this.#unanswered
    this.#unanswered = 0
    Atomics.store(this.#pulse, ASKED, (answered + 1) & 0x7fffffff)
    Atomics.notify(this.#pulse, ASKED)
    return 0
  }

  /** Lets go of it: the thread has ended, or is of no concern any more. */
  close(): void {
    this.#lifeline?.close()
    this.#lifeline = undefined
    this.#relay.port1.close()
  }
}

/** On the thread itself: answers from its event loop, as long as it lives. */
export async function answer({ pulse }: VitalsOfThread): Promise<never> {
  const words = new Int32Array(pulse)
  for (;;) {
    const asked = Atomics.load(words, ASKED)
    Atomics.store(words, ANSWERED, asked)
    const question = Atomics.waitAsync(words, ASKED, asked)
    if (question.async) await question.value
  }
}
