// A program that sets logging up, logs nothing, has something else to do for a while, and ends by itself.
import { givenTask } from '../support/child.js'
import { createSubject } from '../support/subjects.js'

export interface IdleEndTask {
  readonly subject: 'processor dropping' | 'facade dropping' | undefined
  readonly url: string
  /** How many of them. */
  readonly count: number
  readonly workMillis: number
}

const { subject, url, count, workMillis } = givenTask<IdleEndTask>()
for (let made = 0; subject !== undefined && made < count; made++) createSubject(subject, url, false)
setTimeout(() => undefined, workMillis)
