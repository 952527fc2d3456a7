import type { Attributes } from '../common/any-value.js'
import type { Random } from '../common/random.js'
import { numberOption } from '../common/settings.js'

/**
 * The attribute that says which part of such records was kept, if not all: one with 0.1 stands for ten. It is the
 * product of all rates that a record was sampled with on its way.
 */
export const SAMPLE_RATE = 'sluice.sample_rate'

/** @throws TypeError or RangeError if it is no rate. */
export function sampleOption(value: unknown, option: string): number {
  return numberOption(value, { option, min: 0, max: 1, fractions: true })
}

/** Whether it is a sampling rate, without an exception. */
export function isSampleRate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}

/** Draws whether a record is kept. With a rate of 1, none is drawn. */
export function isSampled(rate: number, random: Random): boolean {
  return rate >= 1 || random() < rate
}

/** The rate that a record was sampled with so far; 1 for one that was not. */
export function sampleRateOf(attributes: Attributes): number {
  const rate = attributes[SAMPLE_RATE]
  return isSampleRate(rate) ? rate : 1
}

/**
 * The attributes of a record that was sampled; the same object for one that was not. The rate comes first, so that it is
 * none of those that an SDK leaves out where there are too many.
 */
export function withSampleRate(attributes: Attributes, rate: number): Attributes {
  if (rate >= 1) return attributes
  const sampled = { [SAMPLE_RATE]: rate }
  return { ...sampled, ...attributes, ...sampled }
}
