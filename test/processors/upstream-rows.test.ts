import { QueueLogRecordProcessor } from 'otel-sluice'
import type { MakeProcessor } from './suites/subject.js'
import { upstreamRows } from './suites/upstream-rows.js'
import { upstreamRowsOverHttp } from './suites/upstream-rows-over-http.js'

const make: MakeProcessor = (options, clock) => new QueueLogRecordProcessor(options, clock)

describe("QueueLogRecordProcessor, where the SDK's BatchLogRecordProcessor goes wrong", () => {
  upstreamRows(make)
  upstreamRowsOverHttp(make)
})
