// What the first and the fifth processor or handler add to a process: memory, and the time until a record of theirs has arrived.
import { setTimeout } from 'node:timers/promises'
import { givenTask, tell } from '../support/child.js'
import { createSubject, type Subject, type SubjectName } from '../support/subjects.js'

export interface ResourcesTask {
  readonly subject: SubjectName
  readonly url: string
}

/** So many records go through each: what memory it needs is touched, not only reserved. */
const RECORDS = 10_000

const { subject: name, url } = givenTask<ResourcesTask>()
let sequence = 0
let before = await settledRss()
const processors: Subject[] = []
const added: { rssBytes: number; constructMillis: number; firstRecordMillis: number }[] = []
for (let count = 1; count <= 5; count++) {
  const start = performance.now()
  const subject = createSubject(name, url, true)
  const constructed = performance.now()
  subject.emit(sequence++)
  await subject.flush()
  const delivered = performance.now()
  processors.push(subject)
  for (let index = 1; index < RECORDS; index++) {
    subject.emit(sequence++)
    if (index % 1_000 === 0) await subject.flush()
  }
  await subject.flush()
  const after = await settledRss()
  added.push({
    rssBytes: after - before,
    constructMillis: constructed - start,
    firstRecordMillis: delivered - start,
  })
  before = after
}
const [first] = added
const fifth = added.at(-1)
if (first === undefined || fifth === undefined) throw new Error('nothing was measured')
tell({
  firstRssMegabytes: first.rssBytes / 1e6,
  firstConstructMillis: first.constructMillis,
  firstRecordMillis: first.firstRecordMillis,
  fifthRssMegabytes: fifth.rssBytes / 1e6,
  fifthConstructMillis: fifth.constructMillis,
  fifthRecordMillis: fifth.firstRecordMillis,
  acknowledged: processors.reduce((sum, processor) => sum + processor.acknowledged(), 0),
  emitted: sequence,
})

/** After what is garbage has gone, and the allocator has had a moment to give it back. */
async function settledRss(): Promise<number> {
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc?.()
    await setTimeout(50)
  }
  return process.memoryUsage.rss()
}
