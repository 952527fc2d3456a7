import type { SteadyTask } from '../programs/steady.js'
import { type Measurement, run } from './child.js'
import type { Receiver } from './receivers.js'
import { interleaved, type Medians } from './rounds.js'

type Subject = SteadyTask['subject']

/** Measures subjects at a steady rate, each in turn, into a receiver that tells what really came. */
export async function steadily<Measured extends Subject>(
  receiver: Receiver,
  subjects: readonly Measured[],
  rounds: number,
  task: Omit<SteadyTask, 'subject' | 'url'>,
): Promise<Medians<Measured>> {
  return interleaved(subjects, rounds, (subject) =>
    measureOne(receiver, { ...task, subject, url: receiver.url }),
  )
}

async function measureOne(receiver: Receiver, task: SteadyTask): Promise<Measurement> {
  const measurement = await run('steady', task)
  const { emitted, acknowledgedInAll } = measurement
  if (acknowledgedInAll === undefined) throw new Error('the program did not tell what was acknowledged')
  // A loss is for the benchmark to judge; what was acknowledged must have come.
  await receiver.verify(acknowledgedInAll, { mayHaveGaps: acknowledgedInAll !== emitted })
  return measurement
}
