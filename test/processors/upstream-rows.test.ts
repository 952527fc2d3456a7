import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { otlp, QueueLogRecordProcessor } from 'otel-sluice'
import type { MakeProcessor } from './suites/subject.js'
import { makeThreadProcessor } from './suites/thread-processor.js'
import { upstreamRowOfTimeouts, upstreamRowsOfFailure } from './suites/upstream-rows-of-failure.js'
import { upstreamRowsOfFlow } from './suites/upstream-rows-of-flow.js'
import { upstreamRowOfAttempts, upstreamRowsOverHttp } from './suites/upstream-rows-over-http.js'

const make: MakeProcessor = (options, clock) => new QueueLogRecordProcessor(options, clock)

describe("QueueLogRecordProcessor, where the SDK's BatchLogRecordProcessor goes wrong", () => {
  describe('in process', () => {
    upstreamRowsOfFlow(make)
    upstreamRowOfTimeouts(make)
    upstreamRowsOfFailure(make, 0)
    upstreamRowsOverHttp(make, (url) => new OTLPLogExporter({ url }))
  })

  // Where an exporter is scripted, its side of the thread runs on the test's own. Row 3 has its nearest form there: a
  // destination has no flush of its own that could reject; and row 8: one never throws, so the exporter behind it does.
  describe('to the export thread', () => {
    upstreamRowsOfFlow(makeThreadProcessor)
    upstreamRowOfAttempts(make)
    upstreamRowsOfFailure(makeThreadProcessor, 1)
    upstreamRowsOverHttp(make, (url) => otlp({ url }))
  })
})
