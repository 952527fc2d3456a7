import type { Measurement } from './child.js'

/** What was measured of each subject: the median over the rounds of each number. */
export class Medians<Subject extends string> {
  readonly #rounds: ReadonlyMap<Subject, readonly Measurement[]>

  constructor(rounds: ReadonlyMap<Subject, readonly Measurement[]>) {
    this.#rounds = rounds
  }

  /** @throws if it was not measured */
  of(subject: Subject, name: string): number {
    return median(this.all(subject, name))
  }

  /** One number of each round. @throws if it was not measured */
  all(subject: Subject, name: string): number[] {
    const values = (this.#rounds.get(subject) ?? []).map((measurement) => measurement[name])
    if (values.length === 0) throw new Error(`nothing was measured of ${subject}`)
    return values.map((value) => {
      if (value === undefined) throw new Error(`${name} was not measured of ${subject}`)
      return value
    })
  }

  /** How much of one subject's number the other's is. Taken within each round, where both had the same machine. */
  ratio(subject: Subject, name: string, to: Subject): number {
    const peers = this.all(to, name)
    return median(this.all(subject, name).map((value, round) => value / (peers[round] ?? Number.NaN)))
  }

  toJSON(): object {
    return Object.fromEntries(this.#rounds)
  }
}

/**
 * Measures every subject once a round (A B C, A B C, …), so that what else the machine does falls on all of them
 * alike.
 */
export async function interleaved<Subject extends string>(
  subjects: readonly Subject[],
  rounds: number,
  measure: (subject: Subject) => Promise<Measurement>,
): Promise<Medians<Subject>> {
  const measured = new Map(subjects.map((subject): [Subject, Measurement[]] => [subject, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const [subject, measurements] of measured) {
      process.stderr.write(`round ${round} of ${rounds}: ${subject}\n`)
      measurements.push(await measure(subject))
    }
  }
  return new Medians(measured)
}

/** The middle one; of an even number, what lies half way between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

/** The smallest value that at least this share of all do not exceed. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
