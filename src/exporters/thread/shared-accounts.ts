/** Words that change together, and those that somebody may sleep on, 64 bytes apart. */
const LINE = 16
const VERSION = 0
const WAKE = LINE
const MOVED = 2 * LINE
const URGED = 3 * LINE
const WATCHED = 4 * LINE
const ASLEEP = 5 * LINE
/** Written by the producer, and by the consumer. */
const MISSING = 6 * LINE
const TOLD = 7 * LINE
const MARKERS = 7 * LINE + 1
const DOZING = 8 * LINE
const SIGNAL_BYTES = 9 * LINE * Int32Array.BYTES_PER_ELEMENT

/** The memory of one ring's signals, to be handed to the other thread. */
export interface AccountsMemory {
  readonly signals: SharedArrayBuffer
}

/** How much loss the stream has told of so far. */
export interface ToldLoss {
  readonly records: number
  readonly markers: number
}

export function createAccounts(): AccountsMemory {
  return { signals: new SharedArrayBuffer(SIGNAL_BYTES) }
}

/** How often a reader looks at accounts that are being changed before it sleeps in between: a change takes no time. */
const MAX_HASTY_READS = 100
/** How often it sleeps for a millisecond: far longer than a consumer in the middle of a change is kept from its CPU. */
const MAX_SLEEPS = 100

/**
 * What keeps the accounts of a ring in step, and the signals between both sides.
 *
 * A batch that is taken leaves the queue and is in flight, in two memories. The consumer makes `version` odd before
 * such a change and even after it; a reader that saw an odd version, or not the same twice, reads again. So every record
 * is seen in exactly one place.
 */
export class SharedAccounts {
  readonly #signals: Int32Array
  /** The version of a change that was waited for in vain: its consumer is dead. */
  #brokenOff: number | undefined

  constructor(memory: AccountsMemory) {
    this.#signals = new Int32Array(memory.signals)
  }

  /**
   * What `read` gives, all of one moment. A consumer that died in the middle of a change holds its readers up once, not
   * for ever: until that change is ended for it, they see a batch in both places.
   */
  consistently<T>(read: () => T): T {
    let sleeps = 0
    for (let reads = 1; ; reads++) {
      const version = Atomics.load(this.#signals, VERSION)
      const value = read()
      if (version % 2 === 0) {
        if (Atomics.load(this.#signals, VERSION) === version) return value
      } else if (version === this.#brokenOff) {
        return value
      } else if (reads > MAX_HASTY_READS) {
        Atomics.wait(this.#signals, VERSION, version, 1)
        sleeps++
        if (sleeps > MAX_SLEEPS && Atomics.load(this.#signals, VERSION) === version) this.#brokenOff = version
      }
    }
  }

  /** Consumer: begins a change that readers must not see half of. */
  beginChange(): void {
    Atomics.or(this.#signals, VERSION, 1)
  }

  /** Consumer: ends it, or one that a consumer before it has begun. */
  endChange(): void {
    const version = Atomics.load(this.#signals, VERSION)
    Atomics.store(this.#signals, VERSION, (version | 1) + 1)
  }

  /** Producer: records are missing before the oldest one that is queued, and the stream is to say so. */
  noteMissing(records: number): void {
    Atomics.add(this.#signals, MISSING, records)
  }

  /** Consumer: how many are missing before the oldest one that is queued, and the stream does not say so yet. */
  get untold(): number {
    return (Atomics.load(this.#signals, MISSING) - Atomics.load(this.#signals, TOLD)) >>> 0
  }

  /** The loss that the stream tells of as it is: records, and the markers that say so. Both modulo 2^32. */
  get told(): ToldLoss {
    return { records: Atomics.load(this.#signals, TOLD), markers: Atomics.load(this.#signals, MARKERS) }
  }

  /** Consumer: as often as it will, with the same. */
  tellLoss({ records, markers }: ToldLoss): void {
    Atomics.store(this.#signals, TOLD, records)
    Atomics.store(this.#signals, MARKERS, markers)
  }

  /** Consumer: tells whoever waits that records have left the queue, or are done with. */
  tellMoved(): void {
    Atomics.add(this.#signals, MOVED, 1)
    Atomics.notify(this.#signals, MOVED)
  }

  /** How often records have moved: to be read before looking, and given to `waitUntilMoved`. */
  get moves(): number {
    return Atomics.load(this.#signals, MOVED)
  }

  /** Producer: sleeps until records have moved since `moves` was read; `false` if the time was over first. */
  waitUntilMoved(moves: number, timeoutMillis: number): boolean {
    return Atomics.wait(this.#signals, MOVED, moves, timeoutMillis) !== 'timed-out'
  }

  /**
   * Wakes the consumer if it sleeps: to wake a thread takes a hundred times as long as to look whether it sleeps. One that
   * is about to sleep has said so before it compares the wakes: it is woken, or sees that it need not sleep.
   */
  wake(): void {
    Atomics.add(this.#signals, WAKE, 1)
    if (Atomics.load(this.#signals, ASLEEP) === 1 && Atomics.exchange(this.#signals, ASLEEP, 0) === 1)
      Atomics.notify(this.#signals, WAKE)
  }

  /** How often the consumer was woken: to be read before looking, and given to `sleep`. */
  get wakes(): number {
    return Atomics.load(this.#signals, WAKE)
  }

  /** Consumer: resolves when it has been woken since `wakes` was read. */
  async sleep(wakes: number): Promise<void> {
    Atomics.store(this.#signals, ASLEEP, 1)
    const sleep = Atomics.waitAsync(this.#signals, WAKE, wakes)
    if (sleep.async) await sleep.value
    Atomics.store(this.#signals, ASLEEP, 0)
  }

  /** Consumer: it will sleep until it is woken, since nothing has come for a while; it has to look once more first. */
  doze(): void {
    Atomics.store(this.#signals, DOZING, 1)
  }

  /** Consumer: it looks for records by itself again. */
  stayAwake(): void {
    Atomics.store(this.#signals, DOZING, 0)
  }

  /** Producer, after it added a record: wakes the consumer if it dozes. */
  wakeFromDoze(): void {
    if (Atomics.load(this.#signals, DOZING) === 1 && Atomics.exchange(this.#signals, DOZING, 0) === 1)
      this.wake()
  }

  /** The sequence number before which everything is to go at once. */
  get urgedBefore(): number {
    return Atomics.load(this.#signals, URGED) >>> 0
  }

  /** Producer: everything before this sequence number is to go at once. */
  urge(mark: number): void {
    Atomics.store(this.#signals, URGED, mark | 0)
    this.wake()
  }

  /** Whether somebody wants a message when records have moved. */
  get isWatched(): boolean {
    return Atomics.load(this.#signals, WATCHED) > 0
  }

  watch(): void {
    Atomics.add(this.#signals, WATCHED, 1)
  }

  unwatch(): void {
    Atomics.sub(this.#signals, WATCHED, 1)
  }
}
