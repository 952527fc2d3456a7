import { accountingOfThreadQueues } from './suites/accounting.js'
import { makeThreadProcessor } from './suites/thread-processor.js'

describe('to the export thread, whose part is done on this one', () => {
  accountingOfThreadQueues('a queue', makeThreadProcessor)
})
