import { QueueLogRecordProcessor } from 'otel-sluice'
import type { MakeProcessor } from './suites/subject.js'
import { upstreamRowsOfFailure } from './suites/upstream-rows-of-failure.js'
import { upstreamRowsOfFlow } from './suites/upstream-rows-of-flow.js'
import { upstreamRowsOverHttp } from './suites/upstream-rows-over-http.js'

const make: MakeProcessor = (options, clock) => new QueueLogRecordProcessor(options, clock)

describe("QueueLogRecordProcessor, where the SDK's BatchLogRecordProcessor goes wrong", () => {
  upstreamRowsOfFlow(make)
  upstreamRowsOfFailure(make)
  upstreamRowsOverHttp(make)
})
