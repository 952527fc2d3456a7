import { QueueLogRecordProcessor } from 'otel-sluice'
import type { CreateSubject } from './suites/subject.js'
import { upstreamRows } from './suites/upstream-rows.js'
import { upstreamRowsOverHttp } from './suites/upstream-rows-over-http.js'

const create: CreateSubject = (options, clock) => new QueueLogRecordProcessor(options, clock)

describe("QueueLogRecordProcessor, where the SDK's BatchLogRecordProcessor goes wrong", () => {
  upstreamRows(create)
  upstreamRowsOverHttp(create)
})
