/** The most names that are remembered. */
const MAX_NAMES = 1_024

/** The longest name that is, in characters. */
const MAX_LENGTH = 256

/**
 * Remembers what was found out about names. There should be few of them, but nobody can promise that: when there are
 * too many, all are forgotten, and what is asked for is found out again.
 */
export class BoundedMemory<T> {
  readonly #find: (name: string) => T
  readonly #known = new Map<string, T>()

  /** @param find says the same of a name whenever it is asked */
  constructor(find: (name: string) => T) {
    this.#find = find
  }

  of(name: string): T {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const found = this.#find(name)
    if (name.length > MAX_LENGTH) return found
    if (this.#known.size >= MAX_NAMES) this.#known.clear()
    this.#known.set(name, found)
    return found
  }
}
