import type { HandlerStats } from './handler-stats.js'

/** The statistics that count records. */
type Counted = Exclude<
  { [Name in keyof HandlerStats]: HandlerStats[Name] extends number ? Name : never }[keyof HandlerStats],
  'capacity'
>

/** Two handlers side by side. */
export interface HandlerComparison {
  /** The first handler. */
  readonly a: HandlerStats & { readonly id: string }
  /** The second one. */
  readonly b: HandlerStats & { readonly id: string }
  /**
   * What the second handler has of each number, as a multiple of what the first one has: 2 is twice as much. Without a
   * number where the first one has 0.
   */
  readonly ratios: { readonly [Name in Counted]: number | undefined }
}

export function comparison(
  [idA, a]: readonly [string, HandlerStats],
  [idB, b]: readonly [string, HandlerStats],
): HandlerComparison {
  const ratio = (name: Counted) => (a[name] === 0 ? undefined : b[name] / a[name])
  return {
    a: { id: idA, ...a },
    b: { id: idB, ...b },
    ratios: {
      queued: ratio('queued'),
      processed: ratio('processed'),
      errors: ratio('errors'),
      dropped: ratio('dropped'),
      queueSize: ratio('queueSize'),
      filtered: ratio('filtered'),
      sampled: ratio('sampled'),
      rateLimited: ratio('rateLimited'),
    },
  }
}
