import { accountingOfThreadQueues } from './suites/accounting.js'
import { burstsInto } from './suites/bursts.js'
import { lossIsTold } from './suites/loss.js'
import { lossIsMarked, refusalsOfBlockingAreMarked } from './suites/loss-markers.js'
import { overflowModes } from './suites/modes.js'
import { makeThreadProcessor } from './suites/thread-processor.js'

/** The suites of queues on this thread, over one to the export thread; with the real thread: on-thread.test.ts. */
describe('to the export thread, its part done on this one', () => {
  accountingOfThreadQueues('a queue', makeThreadProcessor)
  burstsInto('a queue', makeThreadProcessor)
  overflowModes('a queue', makeThreadProcessor)
  lossIsTold('a queue', makeThreadProcessor)
  lossIsMarked('a queue', makeThreadProcessor, 0)
  refusalsOfBlockingAreMarked('a queue', makeThreadProcessor)
})
